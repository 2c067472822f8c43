import { type NamedFault, pointer, quote, refusalOf } from "../../openapi/refusal.ts";
import type { BatchRequest } from "../../openapi/schemas/batch.ts";
import type { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import { parseTemplate } from "./template.ts";

/** A prompt of a batch as a request of its own, and where it stands in the batch. */
export interface BatchPrompt {
  readonly request: ProbeRequest;
  /** JSON pointer, e.g. `/prompts/3`. */
  readonly pointer: string;
}

/** A prompt as one column of a table has it. */
export function promptText(prompt: ProbeRequest["prompt"]): string {
  return typeof prompt === "string" ? prompt : JSON.stringify(prompt);
}

/** @throws {Refusal} where the prompts are given in no way or in two, or the template does not fit its values */
export function batchPrompts(batch: BatchRequest): BatchPrompt[] {
  const { prompts, template, values, ...question } = batch;
  if (prompts !== undefined && template === undefined && values === undefined) {
    return prompts.map((prompt, index) => ({
      request: { ...question, prompt },
      pointer: pointer(["prompts", index]),
    }));
  }
  if (prompts === undefined && template !== undefined && values !== undefined) {
    return filled(template, values).map((prompt, index) => ({
      request: { ...question, prompt },
      pointer: pointer(["values", index]),
    }));
  }
  throw refusalOf([fault([], "give either `prompts`, or `template` and `values`")]);
}

function filled(text: string, values: NonNullable<BatchRequest["values"]>): string[] {
  const template = parseTemplate(text);
  if ("fault" in template) throw refusalOf([fault(["template"], template.fault)]);
  const faults = values.flatMap((row, index) =>
    template.names.filter((name) => !Object.hasOwn(row, name)).map((name) =>
      fault(["values", index], `the template's {${name}} is not in row ${index}, which has ${listed(Object.keys(row))}`)
    )
  );
  if (faults.length > 0) throw refusalOf(faults);
  return values.map((row) => template.fill(row));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.slice(0, 10).map(quote).join(", ");
}

function fault(path: readonly PropertyKey[], detail: string): NamedFault {
  return { problem: "conflicting-members", in: "body", pointer: pointer(path), detail };
}
