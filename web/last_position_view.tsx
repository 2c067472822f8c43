import { ColourScale } from "./colour_scale.ts";
import { percentText } from "./number_text.ts";
import type { Picture } from "./picture.ts";
import { COMPONENTS, type Question } from "./question.ts";
import { tokenLabel } from "./token_label.ts";

const RANKS = Array.from({ length: 10 }, (_, at) => at + 1);
/** Probabilities have one scale everywhere. */
const SCALE = new ColourScale([], "probability", false);

/** Rank by layer at the prompt's end, for each component of a block: token and probability in percent. */
export function LastPositionView({ picture, question }: { picture: Picture; question: Question }) {
  const position = picture.tokens.length - 1;
  return (
    <section class="panels" aria-label="Last position">
      {COMPONENTS.map((site) => (
        <div class="panel" key={site} role="region" tabIndex={0} aria-label={`Ranks by layer of ${site}`}>
          <table class="ranks">
            <caption>{question.lens} lens of {site}</caption>
            <thead>
              <tr>
                <th scope="col">layer</th>
                {RANKS.map((rank) => <th scope="col" key={rank}>{rank}</th>)}
              </tr>
            </thead>
            <tbody>
              {picture.layers.map((layer) => (
                <tr key={layer}>
                  <th scope="row">{layer}</th>
                  {picture.readout(position, site, layer)?.top.map((token) => {
                    const { background, ink } = SCALE.paint(token.prob);
                    return (
                      <td key={token.id} title={String(token.prob)} style={{ backgroundColor: background, color: ink }}>
                        <span>{tokenLabel(token)}</span>
                        <small>{percentText(token.prob)}</small>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </section>
  );
}
