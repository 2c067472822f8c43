import { promptText } from "../text/prompt_text.ts";
import { factsOf, isWhole, type Kept } from "./kept.ts";
import { Paper, type PaperForm } from "./paper.ts";

const MOST_LETTERS = 1000;

/** A view on paper, with what it is of: model, precision, lens, norm, site and prompt. The view has its legend. */
export function Sheet({ kept, form }: { kept: Kept; form: PaperForm }) {
  const { view, shown } = kept;
  const prompt = promptText(shown.picture);
  return (
    <Paper.Provider value={form}>
      <div class="caption">
        <h2>{view.title}{isWhole(kept) ? "" : ", so far"}</h2>
        <p>{factsOf(kept)}</p>
        <p>
          prompt “{prompt.length > MOST_LETTERS ? `${prompt.slice(0, MOST_LETTERS)}…` : prompt}”
        </p>
      </div>
      <div class="on-paper">
        <view.Show {...shown} />
      </div>
    </Paper.Provider>
  );
}
