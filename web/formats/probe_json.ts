import type { Frame } from "../../clients/typescript/midstream.ts";
import type { Picture } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";

/**
 * ProbeResponse, as POST /probe answers: only usage and timing are the stream's own.
 * @throws {ExportFault} where the frames have not all come, or the picture is of another tool's file
 */
export function probeJson({ frames }: Picture): object {
  const start = frames.find((frame) => frame.type === "start");
  if (start === undefined) throw new ExportFault("only what the service answered can be written as its answer");
  const end = frames.find((frame) => frame.type === "end");
  if (end === undefined) throw new ExportFault("the answer has not come to its end: run it again");
  const { model, lenses, norm, tokens, warnings } = start;
  return {
    model,
    lenses,
    norm,
    tokens,
    output: frames.filter((frame) => frame.type === "output").map(withoutType),
    readouts: frames.filter((frame) => frame.type === "readout").map(withoutType),
    warnings,
    usage: end.usage,
    timing: end.timing,
  };
}

function withoutType({ type: _, ...rest }: Frame): object {
  return rest;
}
