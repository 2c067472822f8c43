import { LensFileError } from "./lens_file_error.ts";

/** Files that lie near a lens, by their keys: what each is, and what to do. */
const NEAR: readonly { readonly is: (keys: readonly string[]) => boolean; readonly what: string }[] = [
  {
    is: (keys) => keys.some((key) => key.startsWith("jacobian_sum")),
    what: "a Jacobian fit checkpoint (`jacobian_sum`, …): finish the fit, and upload what JacobianLens.save() writes",
  },
  {
    is: (keys) => keys.includes("lens") && !keys.includes("J"),
    what:
      "a training snapshot of tuned-lens (`lens`, `optim`, …): upload what TunedLens.save() writes, the dict under `lens`",
  },
  {
    is: (keys) => keys.some((key) => /^(input_translator|layer_translators)\b/.test(key)),
    what: "a lens of tuned-lens 0.0.5 or older (`input_translator`, `layer_translators`): save it again with " +
      "a newer tuned-lens",
  },
  {
    is: (keys) => keys.includes("n_proj"),
    what: "a file of jspace-lens (`n_proj`, …), which is not a jacobian-lens file and is not read",
  },
  {
    is: (keys) =>
      keys.some((key) => /^(model\.layers|model\.embed_tokens|lm_head|transformer\.h|gpt_neox)\./.test(key)),
    what: "a model's weights, not a lens",
  },
];

/** What the file is, if its keys say that it is known and no lens that can be read; else null. */
export function nearLens(keys: readonly string[]): string | null {
  const near = NEAR.find(({ is }) => is(keys));
  return near === undefined ? null : `this is ${near.what}`;
}

/** @throws {LensFileError} rule `lens.kind` for what {@link nearLens} knows */
export function refuseNearLens(keys: readonly string[]): void {
  const near = nearLens(keys);
  if (near !== null) throw new LensFileError("lens.kind", near);
}
