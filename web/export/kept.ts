import type { StartFrame } from "../../clients/typescript/midstream.ts";
import type { Shown, View } from "../views/view.ts";
import { promptText } from "../text/prompt_text.ts";
import { controlsOf } from "../views/controls_of.ts";
import { fileName } from "./file_name.ts";

/** What is shown, and so what an export keeps. */
export interface Kept {
  readonly view: View;
  readonly shown: Shown;
}

/** Whether all of it has come: a probe may have been stopped. */
export function isWhole({ shown: { picture } }: Kept): boolean {
  return picture.rows >= picture.expectedRows && picture.begun;
}

/** What a file of it is called, without its ending. */
export function nameOf(kept: Kept, ending: string): string {
  const { view, shown: { picture, question } } = kept;
  const prompt = promptText(picture);
  return fileName(
    { model: picture.model, lens: question.lens, view: view.name, prompt, isWhole: isWhole(kept) },
    ending,
  );
}

/** What the picture is of, in words: model, precision, lens, norm and site. */
export function factsOf({ view, shown: { picture, question } }: Kept): string {
  const start = picture.frames.find((frame): frame is StartFrame => frame.type === "start");
  const controls = controlsOf(view, question);
  return [
    `model ${picture.model === "" ? "not said" : picture.model}`,
    `precision ${start?.model.precision ?? "not said"}`,
    `norm ${picture.norm ?? "not said"}`,
    ...controls.includes("lens") ? [`lens ${question.lens}`] : [],
    ...controls.includes("site") ? [`site ${question.site}`] : [],
  ].join(" · ");
}
