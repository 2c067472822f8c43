import { ColourScale } from "../colours/colour_scale.ts";
import { percentText } from "../text/number_text.ts";
import type { Shown, View } from "./view.ts";

export const AGREEMENT: View = {
  name: "agreement",
  title: "Agreement",
  controls: ["lens", "site"],
  probe: ({ lens, site }) => ({ lenses: [lens], sites: [site], positions: "all", top_k: 1, statistics: ["agrees"] }),
  needs: ["agrees"],
  Show: AgreementView,
};

const SCALE = new ColourScale([], "probability", false);

/** At how many positions each layer has the model's own likeliest token already. */
function AgreementView({ picture, question }: Shown) {
  return (
    <section class="panel agreement" aria-label="Agreement by layer">
      <table class="ranks">
        <caption>
          {question.lens} lens of {question.site}: positions with the model's own first token
        </caption>
        <tbody>
          {picture.layers.map((layer) => {
            const cells = picture.tokens.flatMap((_, at) => picture.readout(at, layer, question) ?? []);
            const agreeing = cells.filter(({ agrees }) => agrees).length;
            const share = cells.length === 0 ? null : agreeing / cells.length;
            const paint = share === null ? null : SCALE.paint(share);
            return (
              <tr key={layer}>
                <th scope="row">{layer}</th>
                <td style={{ backgroundColor: paint?.background ?? "", color: paint?.ink ?? "" }}>
                  {share === null ? "" : `${percentText(share)} (${agreeing} of ${cells.length})`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
