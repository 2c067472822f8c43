import type { EndFrame, OutputFrame, ReadoutFrame, StartFrame } from "../../clients/typescript/midstream.ts";
import type { Found } from "./found.ts";
import { framesPrompt } from "./frames_prompt.ts";
import { type Imported, ImportFault } from "./imported.ts";
import { MAX_LAYER } from "./import_limits.ts";
import { parseJson } from "./parse_json.ts";
import { type Bounds, boundsOf, readAsked, readEnd, readOutput, readReadout } from "./probe_frames.ts";
import { readItems, refusedNote } from "./read_probe_json.ts";
import { Room } from "./room.ts";

/** Lines that the service sent: the stream of a probe or of a batch, or a job's results. */
export function readProbeNdjson(text: string): Imported {
  const { lines, isCut } = linesOf(text);
  const said = lines.filter((line) => !["queued", "ping"].some((kind) => kind === kindOf(line)));
  const [first] = said;
  if (first === undefined) throw new ImportFault("the file has no frames; a start frame would be right");
  return first.has("index") || kindOf(first) === "item" ? readItemLines(said) : readStream(said, isCut);
}

/** A stream that was cut within a line ends in a piece of one. */
function linesOf(text: string): { lines: Found[]; isCut: boolean } {
  const lines: Found[] = [];
  const all = text.split("\n");
  for (const [at, line] of all.entries()) {
    if (line.trim() === "") continue;
    try {
      lines.push(parseJson(line, `line ${at + 1}`));
    } catch (error) {
      if (at === all.length - 1 && lines.length > 0 && error instanceof ImportFault) return { lines, isCut: true };
      throw error;
    }
  }
  return { lines, isCut: false };
}

const kindOf = (line: Found): unknown => line.member("type").value;

function readStream(lines: readonly Found[], isCut: boolean): Imported {
  const room = new Room();
  let start: StartFrame | null = null;
  let bounds: Bounds | null = null;
  let end: EndFrame | null = null;
  let refusal: string | null = null;
  const output: OutputFrame[] = [];
  const readouts: ReadoutFrame[] = [];
  for (const line of lines) {
    const kind = kindOf(line);
    if (end !== null || refusal !== null) throw line.fault("nothing after the end of the stream");
    if (start === null || bounds === null) {
      if (kind !== "start") throw line.member("type").fault('"start" in the first frame');
      start = readStart(line);
      bounds = boundsOf(start, room);
    } else if (kind === "output") output.push(readOutput(line, bounds));
    else if (kind === "readout") readouts.push(readCell(line, start, bounds));
    else if (kind === "end") end = readEnd(line);
    else if (kind === "error") refusal = line.member("problem").member("title").text();
    else throw line.member("type").fault('"output", "readout", "end" or "error" after the start');
  }
  if (start === null) throw new ImportFault("the stream has no start; a start frame in the first line would be right");
  const notes = [
    ...refusal === null ? [] : [`The service ended the stream with a problem: ${refusal.slice(0, 200)}`],
    ...end !== null && !isCut ? [] : [`The stream was cut: ${readouts.length} of ${start.rows} cells are there.`],
  ];
  return {
    format: "Midstream, stream of /probe/stream",
    prompts: [framesPrompt({ start, output, readouts, end }, "prompt")],
    notes,
  };
}

function readStart(line: Found): StartFrame {
  const layers = line.member("layers").items().map((layer) => layer.integer(0, MAX_LAYER));
  if (layers.some((layer, at) => at > 0 && layer <= layers[at - 1]!)) {
    throw line.member("layers").fault("a list of layers in ascending order");
  }
  return { type: "start", ...readAsked(line), layers, rows: line.member("rows").integer(0, 2 ** 31) };
}

function readCell(line: Found, { layers }: StartFrame, bounds: Bounds): ReadoutFrame {
  const readout = readReadout(line, bounds);
  if (!layers.includes(readout.layer)) throw line.member("layer").fault("one of the start's layers");
  return readout;
}

function readItemLines(lines: readonly Found[]): Imported {
  const items = lines.filter((line) => line.has("index"));
  const { prompts, refused } = readItems(items, new Room());
  if (prompts.length === 0) throw new ImportFault("no line has a response; {index, response} in a line would be right");
  return { format: "Midstream, lines of a batch or a job", prompts, notes: refusedNote(refused) };
}
