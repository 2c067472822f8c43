import type { Question } from "../state/question.ts";
import type { ControlName, View } from "./view.ts";

/** The choices that a view follows now. */
export function controlsOf({ controls }: View, question: Question): readonly ControlName[] {
  return typeof controls === "function" ? controls(question) : controls;
}
