import { promptText } from "../text/prompt_text.ts";
import type { Kept } from "./kept.ts";
import { onPaper } from "./on_paper.tsx";
import { PICTURE_FORM } from "./paper.ts";
import { svgOfElement, type SvgPicture } from "./svg_of_element.ts";

export function svgOfView(kept: Kept): Promise<SvgPicture> {
  return onPaper(
    kept,
    PICTURE_FORM,
    (sheet) => svgOfElement(sheet, `${kept.view.title}: ${promptText(kept.shown.picture)}`),
  );
}
