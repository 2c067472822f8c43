import type { Found } from "./found.ts";
import { framesPrompt } from "./frames_prompt.ts";
import type { Imported, ImportedPrompt } from "./imported.ts";
import { boundsOf, readAsked, readEnd, readOutput, readReadout } from "./probe_frames.ts";
import { Room } from "./room.ts";

/** ProbeResponse, as POST /probe answers. */
export function readProbeJson(answer: Found): Imported {
  return { format: "Midstream, answer of /probe", prompts: [readAnswer(answer, new Room())], notes: [] };
}

/** BatchResponse, as POST /probe/batch answers: prompts that were refused are told in a note. */
export function readBatchJson(answer: Found): Imported {
  const room = new Room();
  const items = answer.member("items").items();
  const { prompts, refused } = readItems(items, room);
  if (prompts.length === 0) throw answer.member("items").fault("a list with at least one response");
  return { format: "Midstream, answer of /probe/batch", prompts, notes: refusedNote(refused) };
}

/** `{index, response}` or `{index, problem}`: of a batch, or of a job's results. */
export function readItems(items: readonly Found[], room: Room): { prompts: ImportedPrompt[]; refused: number } {
  const prompts: ImportedPrompt[] = [];
  for (const item of items) {
    const index = item.member("index").integer(0, Number.MAX_SAFE_INTEGER);
    if (item.has("response")) prompts.push(readAnswer(item.member("response"), room, `prompt ${index}`));
    else if (!item.has("problem")) throw item.member("response").fault("an answer, or a problem beside the index,");
  }
  return { prompts, refused: items.length - prompts.length };
}

export function refusedNote(refused: number): string[] {
  return refused === 0 ? [] : [`${refused} of the prompts were refused: they have no picture.`];
}

function readAnswer(answer: Found, room: Room, otherwise = "prompt"): ImportedPrompt {
  const asked = readAsked(answer);
  const bounds = boundsOf(asked, room);
  const output = answer.member("output").items().map((cell) => readOutput(cell, bounds));
  const readouts = answer.member("readouts").items().map((cell) => readReadout(cell, bounds));
  const layers = [...new Set(readouts.map(({ layer }) => layer))].sort((a, b) => a - b);
  const start = { type: "start", ...asked, layers, rows: readouts.length } as const;
  return framesPrompt({ start, output, readouts, end: readEnd(answer) }, otherwise);
}
