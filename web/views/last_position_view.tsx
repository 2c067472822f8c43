import { ColourScale } from "../colours/colour_scale.ts";
import { exactText, percentText } from "../text/number_text.ts";
import { COMPONENTS } from "../state/question.ts";
import { tokenLabel } from "../text/token_label.ts";
import type { Shown, View } from "./view.ts";

export const LAST_POSITION: View = {
  name: "last",
  title: "Last position",
  controls: ["chat", "lens"],
  probe: ({ lens }) => ({ lenses: [lens], sites: [...COMPONENTS], positions: "last", statistics: [] }),
  Show: LastPositionView,
};

const RANKS = Array.from({ length: 10 }, (_, at) => at + 1);
/** Probabilities have one scale everywhere. */
const SCALE = new ColourScale([], "probability", false);

/** Rank by layer at the prompt's end, for each component of a block: token and probability in percent. */
function LastPositionView({ picture, question: { lens } }: Shown) {
  const position = picture.tokens.length - 1;
  return (
    <section class="panels" aria-label="Last position">
      {COMPONENTS.map((site) => (
        <div class="panel" key={site} role="region" tabIndex={0} aria-label={`Ranks by layer of ${site}`}>
          <table class="ranks">
            <caption>{lens} lens of {site}</caption>
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
                  {picture.readout(position, layer, { lens, site })?.top.map((token, at) => {
                    const { background, ink } = SCALE.paint(token.prob ?? 0);
                    return (
                      <td key={at} title={exactText(token.prob)} style={{ backgroundColor: background, color: ink }}>
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
