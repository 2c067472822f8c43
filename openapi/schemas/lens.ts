import { z } from "@hono/zod-openapi";
import { LENS_READINGS } from "../../lens/library/types.ts";
import { text } from "../text.ts";
import { LensId, LensKind } from "./names.ts";

const nullable = <S extends z.ZodType>(schema: S, description: string) =>
  z.union([schema, z.null()]).openapi({ description });

export const ModelMatch = z.enum(["exact", "unembedding", "shape", "none"]).openapi("ModelMatch", {
  description: "How well a lens is known to belong to the loaded model:\n" +
    "- `exact`: what comes with it names this model, and `unembed_hash`, where there is one, agrees\n" +
    "- `unembedding`: `unembed_hash` agrees\n" +
    "- `shape`: d_model and layers fit, and nothing more is known\n" +
    "- `none`: it was stored for another model and cannot be used with this one",
});

export const LensReadingName = z.enum(LENS_READINGS).openapi("LensReadingName", {
  description:
    "How a tuned lens is read: `tuned_lens` as its own package does; `danyude` as DanYuDE/Research-Project " +
    "does, normed before the translator and again after it, with the unshifted index.",
});

export const Unknown = z.enum(["unknown"]).openapi("Unknown", { description: "Nobody can say." });

export const LensInfo = z.object({
  id: LensId,
  kind: LensKind,
  built_in: z.boolean().openapi({ description: "Whether it belongs to the service: the logit lens does." }),
  persistent: z.boolean().openapi({
    description:
      "Whether it outlives the process. Those given by --lens, and the demo's, do not, and cannot be changed.",
  }),
  layers: z.array(z.int()).openapi({
    description:
      "Layers that its file has. Tuned: translator l reads the input of block l. Jacobian: the output of block l. " +
      "All blocks for the logit lens.",
  }),
  d_model: z.int().openapi({ description: "Width of the residual stream that it reads." }),
  dtype: nullable(z.string(), "Number format of its tensors as stored, such as F16. Null for the logit lens."),
  bytes: nullable(z.int(), "Size of the file as uploaded. Null for the logit lens."),
  sha256: nullable(z.string(), "sha256 of the file as uploaded: its ETag. Null for the logit lens."),
  created_at: nullable(
    z.iso.datetime(),
    "When these bytes came under this id (RFC 3339, UTC). Null for the logit lens.",
  ),
  model_match: ModelMatch,
  match_reason: z.string().openapi({ description: "Why `model_match` is what it is." }),
  unembed_hash_match: z.union([z.boolean(), Unknown]).openapi({
    description: "Whether tuned-lens' hash of the unembedding agrees; `unknown` where the lens has none. " +
      "Base and chat models share it: a hint, no proof.",
  }),
  reading: nullable(LensReadingName, "How a tuned lens is read. Null for other kinds."),
  capture_point: nullable(z.string(), "Jacobian: where it was captured. Null where nobody says."),
  target_layer: nullable(z.int(), "Jacobian: the block whose output it differentiates. Null where nobody says."),
  dialect: nullable(z.string(), "Which tool's layout the file has. Null for the logit lens."),
  provenance: z.looseObject({}).openapi("Provenance", {
    description: "What the file says of its origin, as it says it.",
  }),
  note: nullable(z.string(), "A remark of whoever uploaded it."),
  owner: nullable(z.string(), "Key that made it. Null where keys are not used."),
  shared: z.boolean().openapi({ description: "Whether others than its owner see it." }),
  warnings: z.array(z.string()).openapi({ description: "What to mind when using it." }),
}).openapi("LensInfo", { description: "A registered lens, beside the loaded model." });
export type LensInfo = z.infer<typeof LensInfo>;

export const LensList = z.object({
  lenses: z.array(LensInfo).openapi({ description: "The built-in lens, then the others by id." }),
}).openapi("LensList", { description: "All registered lenses." });

const MAX_NOTE = 2000;
/** Largest config.json that is taken, in characters, as its reader has it. */
const MAX_CONFIG = 256 * 1024;

/** One member by name, or generators take an object of it for an empty one; the file's reader knows the others. */
export const LensConfig = z.looseObject({
  base_model_name_or_path: z.union([text(MAX_NOTE), z.null()]).optional().openapi({
    description: "Model that it was trained on.",
  }),
}).openapi("LensConfig", { description: "tuned-lens' config.json." });

export const LensPatch = z.strictObject({
  note: z.union([text(MAX_NOTE), z.null()]).optional().openapi({ description: "A remark; null takes it away." }),
  shared: z.boolean().optional().openapi({ description: "Whether others see it." }),
  config: z.union([
    text(MAX_CONFIG),
    LensConfig,
    z.null(),
  ], {
    error: "must be the lens' config.json, as an object or as its text, or null",
  }).optional().openapi({ description: "The lens' config.json, checked against the weights; null takes it away." }),
}).openapi("LensPatch", { description: "What to change. What is left out stays.", example: { note: "step 250" } });

export const lensIdParameter = z.object({ lens_id: LensId });

export const CapturePoint = z.enum(["block_output"]).openapi("CapturePoint", {
  description:
    "Jacobian: where it was captured, which must be a block's output; a file that says so itself is believed.",
});

export const UploadQuery = z.strictObject({
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional().openapi({ description: "What the bytes must hash to." }),
  unembed_hash: z.string().min(1).max(128).optional().openapi({
    description: "From tuned-lens' config.json: tuned-lens' hash of the unembedding.",
  }),
  capture_point: CapturePoint.optional(),
  target_layer: z.int().min(-1).max(65_535).optional().openapi({
    description: "Jacobian: the block whose output it differentiates; -1 is the last.",
  }),
  reading: LensReadingName.optional(),
  note: text(MAX_NOTE).optional().openapi({ description: "A remark." }),
  shared: z.boolean().optional().openapi({ description: "Whether others see it. Default true." }),
});

export const WeightsFormat = z.enum(["original", "safetensors"]).openapi("WeightsFormat", {
  description: "`original`: the file as uploaded; `safetensors`: converted. Default `original`.",
});

export const WeightsQuery = z.strictObject({ format: WeightsFormat.optional() });
