import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import { Digest } from "./digest.tsx";
import { conventionText, lensText, lifeText, matchText } from "./lens_words.ts";

/** All that is known of a lens, in plain words. */
export function LensFacts({ lens }: { readonly lens: LensInfo }) {
  const { sha256, warnings, note, owner, shared, model_match } = lens;
  return (
    <>
      <p>{capital(lensText(lens))}.</p>
      <p class={model_match === "none" ? "trouble" : undefined}>{matchText(lens)}</p>
      <p>{conventionText(lens)}</p>
      <p class="hint">
        {lifeText(lens)}
        {owner !== null && ` It belongs to the key ${owner}, and ${shared ? "others see it" : "nobody else sees it"}.`}
      </p>
      {note !== null && <p class="note">{note}</p>}
      {warnings.filter((warning) => warning !== lens.match_reason).map((warning) => (
        <p class="trouble" key={warning}>Mind: {warning}</p>
      ))}
      {sha256 !== null && (
        <p class="digest">
          SHA-256 <Digest sha256={sha256} />
        </p>
      )}
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
