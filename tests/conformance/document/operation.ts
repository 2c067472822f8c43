import { isObject, type Json, type JsonValue } from "../../../openapi/json.ts";
import type { ServedDocument } from "./served_document.ts";

export type Place = "path" | "query" | "header";

export interface Parameter {
  readonly name: string;
  readonly in: Place;
  readonly required: boolean;
  readonly schema: Json;
  readonly examples: readonly JsonValue[];
}

export interface RequestBody {
  readonly required: boolean;
  readonly mediaType: string;
  readonly schema: Json;
  readonly examples: readonly JsonValue[];
}

export interface DescribedHeader {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Json;
}

export interface DescribedResponse {
  readonly headers: readonly DescribedHeader[];
  /** Schema by media type; of a media type without one `{}`. */
  readonly content: ReadonlyMap<string, Json>;
}

/** An operation of a document, every `$ref` but those of schemas resolved. */
export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Media types of the body, each with its schema; empty where the operation takes no body. */
  readonly bodies: readonly RequestBody[];
  /** By status, or `default`. */
  readonly responses: ReadonlyMap<string, DescribedResponse>;
  /** Whether some key must be shown. */
  readonly secured: boolean;
}

export function operationOf(
  document: ServedDocument,
  path: string,
  method: string,
  item: Json,
  operation: Json,
  globalSecurity: readonly Json[],
): Operation {
  const parameters = [...(item.parameters ?? []) as Json[], ...(operation.parameters ?? []) as Json[]];
  const body: Json = isObject(operation.requestBody) ? document.resolve(operation.requestBody) : { content: {} };
  const security = (operation.security ?? globalSecurity) as Json[];
  return {
    id: String(operation.operationId ?? `${method} ${path}`),
    method: method.toUpperCase(),
    path,
    parameters: parameters.map((it) => parameterOf(document.resolve(it))),
    bodies: Object.entries(body.content as Json).map(([mediaType, media]) => ({
      required: body.required === true,
      mediaType,
      schema: ((media as Json).schema ?? {}) as Json,
      examples: examplesOf(document, media as Json),
    })),
    responses: new Map(
      Object.entries(operation.responses as Json).map(([status, it]) => [
        status,
        responseOf(document, document.resolve(it as Json)),
      ]),
    ),
    secured: security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0),
  };

  function parameterOf(parameter: Json): Parameter {
    return {
      name: String(parameter.name),
      in: parameter.in as Place,
      required: parameter.required === true,
      schema: (parameter.schema ?? {}) as Json,
      examples: examplesOf(document, parameter),
    };
  }
}

function responseOf(document: ServedDocument, response: Json): DescribedResponse {
  return {
    headers: Object.entries((response.headers ?? {}) as Json).map(([name, it]) => {
      const header = document.resolve(it as Json);
      return { name, required: header.required === true, schema: (header.schema ?? {}) as Json };
    }),
    content: new Map(
      Object.entries((response.content ?? {}) as Json).map((
        [type, media],
      ) => [type, ((media as Json).schema ?? {}) as Json]),
    ),
  };
}

/** Values that the document shows for a parameter or a body, or else for its schema. */
function examplesOf(document: ServedDocument, node: Json): JsonValue[] {
  const schema = isObject(node.schema) ? document.resolve(node.schema) : {};
  const named = Object.values((node.examples ?? {}) as Json).map((it) => document.resolve(it as Json).value);
  const own = [node.example, ...named].filter((value) => value !== undefined);
  const general = [schema.example, ...(Array.isArray(schema.examples) ? schema.examples : [])];
  return own.length > 0 ? own : general.filter((value) => value !== undefined);
}
