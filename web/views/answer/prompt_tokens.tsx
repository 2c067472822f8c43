import { ColourScale } from "../../colours/colour_scale.ts";
import { Legend } from "../../colours/legend.tsx";
import type { Cell } from "../../state/cell.ts";
import { numberText } from "../../text/number_text.ts";
import { tokenLabel } from "../../text/token_label.ts";
import type { Shown } from "../view.ts";

const SURPRISE = {
  label: "what each token cost the model",
  unit: "nats",
  description: "Negative log-probability that the model gave the token, after all tokens before it.",
};

/** The prompt as tokens, each coloured by how little the model expected it. */
export function PromptTokens({ picture, question, change }: Pick<Shown, "picture" | "question" | "change">) {
  /** What the model, one position before, thought of the token that stands here. */
  const thoughtOf = (position: number): Cell | undefined => {
    const layer = picture.layers[0];
    if (layer === undefined || position === 0) return undefined;
    return picture.readout(position - 1, layer, { lens: "logit", site: "resid_post" });
  };
  const costs = picture.tokens.map((_, position) => thoughtOf(position)?.cross_entropy ?? null);
  const scale = new ColourScale(costs.filter((cost) => cost !== null), "nats", false);
  // The place of the legend is kept, so that tokens do not move when the first cell comes.
  const isComing = picture.frames.length > 0 && picture.tokens.length > 1;
  const marked = question.cell === null ? null : costs[question.cell.position] ?? null;

  return (
    <section aria-label="Prompt tokens">
      <h2>The prompt, {picture.tokens.length} tokens</h2>
      {(isComing || costs.some((cost) => cost !== null)) && (
        <Legend scale={scale} colouring={SURPRISE} marked={marked} />
      )}
      <ol class="tokens">
        {picture.tokens.map((token, position) => {
          const cost = costs[position] ?? null;
          const paint = cost === null ? null : scale.paint(cost);
          const rank = thoughtOf(position)?.next_rank ?? null;
          const facts = [`position ${position}`, `id ${token.id ?? "not said"}`, `piece ${token.piece}`];
          if (cost !== null) facts.push(`${numberText(cost)} nats`, `rank ${rank}`);
          return (
            <li key={position}>
              <button
                type="button"
                class={token.text === "" ? "chip piece" : "chip"}
                title={facts.join(", ")}
                data-cost={cost}
                aria-pressed={question.cell?.position === position}
                style={{ backgroundColor: paint?.background ?? "", color: paint?.ink ?? "" }}
                onClick={() => change({ cell: { position, layer: "output" } })}
              >
                {tokenLabel(token)}
              </button>
            </li>
          );
        })}
      </ol>
      {marked !== null && question.cell !== null && (
        <p class="hint">
          Position {question.cell.position}: rank {thoughtOf(question.cell.position)?.next_rank}, {numberText(marked)}
          {" "}
          nats. Dashed tokens are no text of their own: special tokens and bytes.
        </p>
      )}
    </section>
  );
}
