import { type NamedFault, Refusal, refusalOf } from "../../openapi/refusal.ts";
import { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import type { ServiceContext } from "../env.ts";
import { schemaFaults } from "../schema_faults.ts";
import { type BodyLine, bodyLines } from "./body_lines.ts";

/** Faults after which the rest of a body is not looked at: more than are told. */
const ENOUGH_FAULTS = 100;

/**
 * The prompts of a job that comes as a file: a ProbeRequest a line, each checked against the schema.
 * @throws {Refusal} after the last line, with every fault and its line; at once where a line is too large
 */
export async function* ndjsonPrompts(c: ServiceContext, maxLineBytes: number): AsyncGenerator<string, void> {
  const faults: NamedFault[] = [];
  let prompts = 0;
  for await (const line of bodyLines(c, maxLineBytes)) {
    const read = readLine(line);
    if ("faults" in read) {
      faults.push(...read.faults);
      if (faults.length >= ENOUGH_FAULTS) break;
    } else if (faults.length === 0) {
      prompts++;
      yield JSON.stringify(read.request);
    }
  }
  if (faults.length > 0) throw refusalOf(faults);
  if (prompts === 0) throw new Refusal("malformed-body", "the body is empty; a ProbeRequest a line is expected");
}

function readLine(line: BodyLine): { request: ProbeRequest } | { faults: NamedFault[] } {
  const value = parse(line);
  if ("fault" in value) return { faults: [value.fault] };
  const result = ProbeRequest.safeParse(value.json, { reportInput: true });
  if (result.success) return { request: result.data };
  const faults = schemaFaults(result.error.issues).map(({ detail, ...fault }): NamedFault => ({
    ...fault,
    line: line.number,
    detail: `line ${line.number}: ${detail}`,
  }));
  return { faults };
}

function parse({ number, bytes }: BodyLine): { json: unknown } | { fault: NamedFault } {
  const fault = (detail: string): { fault: NamedFault } => ({
    fault: { problem: "malformed-body", in: "body", line: number, detail: `line ${number} ${detail}` },
  });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fault("is not UTF-8");
  }
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    const at = /position (\d+)/.exec((error as Error).message)?.[1];
    return fault(`is not JSON${at ? `: it goes wrong at character ${at}` : ""}`);
  }
}
