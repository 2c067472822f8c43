import recorded from "./examples.json" with { type: "json" };
import { isObject, type Json, member } from "./json.ts";

/** Of one operation: a value for each parameter in a path, the request's body, and what stands at each media type. */
interface OperationExamples {
  readonly parameters?: Json;
  readonly request?: Json;
  /** By status and media type: `example`, or of a stream `examples`, one a frame. */
  readonly responses?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** Puts the recorded examples (`deno task examples`) on the operations of a document, in place. */
export function addExamples(document: Json): void {
  const examples = recorded as unknown as Readonly<Record<string, OperationExamples>>;
  for (const path of Object.values(member(document, "paths"))) {
    for (const operation of Object.values(path as Json)) {
      if (!isObject(operation)) continue;
      const ours = examples[String(operation.operationId)];
      if (ours) addTo(operation, ours);
    }
  }
}

function addTo(operation: Json, { parameters = {}, request, responses = {} }: OperationExamples): void {
  for (const parameter of (operation.parameters ?? []) as Json[]) {
    const value = parameters[String(parameter.name)];
    if (value !== undefined) parameter.example = value;
  }
  if (request) member(operation, "requestBody", "content", "application/json").example = request;
  for (const [status, types] of Object.entries(responses)) {
    for (const [type, at] of Object.entries(types)) {
      Object.assign(member(operation, "responses", status, "content", type), at);
    }
  }
}
