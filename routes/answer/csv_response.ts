import type { z } from "@hono/zod-openapi";
import type { ProbeResponse } from "../../openapi/schemas/probe_response.ts";
import { NO_TOKEN, record, type Value } from "./csv.ts";

type Response = z.infer<typeof ProbeResponse>;
type TopToken = Response["output"][number]["top"][number];

/**
 * The rows of the table (routes/answer/csv.ts) from an answer that was written as JSON, without the header. Ranks of the likeliest
 * tokens are told from the logits as written, to seven digits.
 *
 * @param statistics columns after the table's own; empty where the answer has no such number
 * @param before values of the columns that stand before each row
 */
export function csvOfResponse(response: Response, statistics: readonly string[], before: readonly Value[]): string {
  let text = "";
  let next = 0;
  for (const { position, top, entropy } of response.output) {
    const prompt = response.tokens[position]!;
    const at = [position, prompt.id, prompt.text];
    // The output is no cell: of the statistics only its entropy has a meaning.
    const ofOutput = statistics.map((name) => name === "entropy" ? entropy : null);
    const tops = top.length > 0 ? ranked(top) : [NO_TOKEN];
    for (const columns of tops) text += record([...before, "output", ...at, null, null, null, ...columns, ...ofOutput]);
    for (; response.readouts[next]?.position === position; next++) {
      const readout = response.readouts[next]!;
      const { lens, site, layer } = readout;
      const values = readout as unknown as Readonly<Record<string, Value | undefined>>;
      const ofCell = statistics.map((name) => values[name] ?? null);
      const write = (kind: string, columns: readonly Value[]) => {
        text += record([...before, kind, ...at, lens, site, layer, ...columns, ...ofCell]);
      };
      if (top.length === 0) write("cell", NO_TOKEN);
      for (const columns of ranked(readout.top)) write("top", columns);
      for (const { rank, id, piece, text, logit, logprob, prob } of readout.tracked) {
        write("tracked", [rank, id, piece, text, logit, logprob, prob]);
      }
    }
  }
  return text;
}

/** Likeliest first; equal logits share a rank. */
function ranked(top: readonly TopToken[]): Value[][] {
  let rank = 1;
  return top.map(({ id, piece, text, logit, logprob, prob }, at) => {
    if (at > 0 && top[at - 1]!.logit !== logit) rank = at + 1;
    return [rank, id, piece, text, logit, logprob, prob];
  });
}
