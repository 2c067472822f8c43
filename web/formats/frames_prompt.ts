import type { EndFrame, OutputFrame, ReadoutFrame, StartFrame } from "../../clients/typescript/midstream.ts";
import type { ImportedPrompt } from "./imported.ts";
import { promptTitle } from "./prompt_title.ts";

/** The frames of one answer. */
export interface AnswerFrames {
  readonly start: StartFrame;
  readonly output: readonly OutputFrame[];
  readonly readouts: readonly ReadoutFrame[];
  /** Null where the stream was cut. */
  readonly end: EndFrame | null;
}

export function framesPrompt({ start, output, readouts, end }: AnswerFrames, otherwise: string): ImportedPrompt {
  return {
    title: promptTitle(start.tokens.map(({ text }) => text), otherwise),
    data: {
      model: start.model.id,
      lenses: start.lenses.map(({ id }) => id),
      norm: start.norm,
      tokens: start.tokens,
      layers: start.layers,
      output,
      cells: readouts,
    },
    frames: [start, ...output, ...readouts, ...end === null ? [] : [end]],
  };
}
