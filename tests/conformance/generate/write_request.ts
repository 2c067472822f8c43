import type { JsonValue } from "../../../openapi/json.ts";
import type { OperationRequest } from "../client.ts";
import type { Operation } from "../document/operation.ts";
import type { PlannedBody, PlannedRequest } from "./request_arbitrary.ts";

/** A planned request as it goes over the wire; `fresh` is the id of the thing that was made for it, by parameter. */
export function writeRequest(
  operation: Operation,
  { path, query, headers, accept, body }: PlannedRequest,
  fresh: Readonly<Record<string, string>> = {},
): OperationRequest {
  return {
    operation,
    method: operation.method,
    path: { ...texts(path), ...fresh },
    query: Object.entries(query).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((it) => [name, textOf(it)] as const)
    ),
    headers: {
      ...texts(headers),
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { "content-type": body.mediaType }),
    },
    ...(body === undefined ? {} : { body: bytesOf(body) }),
  };
}

export function bytesOf(body: PlannedBody): Uint8Array<ArrayBuffer> {
  return "bytes" in body ? body.bytes : new TextEncoder().encode(JSON.stringify(body.json));
}

const textOf = (value: JsonValue) => typeof value === "string" ? value : JSON.stringify(value);

const texts = (values: Readonly<Record<string, JsonValue>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
