import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { isObject, type Json, type JsonValue, member } from "../../../openapi/json.ts";
import type { Client } from "../client.ts";
import { type Operation, operationOf } from "./operation.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** An OpenAPI 3.1 document as a service serves it: all that the conformance test knows of the service. */
export class ServedDocument {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false, logger: false, formats: { "date-time": RFC_3339, binary: true } });
  readonly #validators = new Map<Json, ValidateFunction>();

  constructor(readonly json: Json) {
    this.#ajv.addSchema(json, "document");
    const security = (json.security ?? []) as Json[];
    this.operations = Object.entries(member(json, "paths")).flatMap(([path, item]) =>
      Object.entries(item as Json).flatMap(([method, it]) =>
        METHODS.includes(method) && isObject(it) ? [operationOf(this, path, method, item as Json, it, security)] : []
      )
    );
  }

  /** What a node is, through its `$ref`. */
  resolve(node: Json): Json {
    let at = node;
    while (typeof at.$ref === "string") {
      const steps = at.$ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
      at = member(this.json, ...steps);
    }
    return at;
  }

  /** What is wrong with a value by a schema of this document; empty where nothing is. */
  faults(schema: Json, value: JsonValue): string[] {
    const validate = this.#validators.get(schema) ?? this.#ajv.compile(absolute(schema) as Json);
    this.#validators.set(schema, validate);
    if (validate(value)) return [];
    return validate.errors!.map(({ instancePath, message, params }) =>
      `${instancePath || "/"} ${message} ${JSON.stringify(params)}`
    );
  }
}

/** The document that a service serves, narrowed to its model. */
export async function servedDocument(client: Pick<Client, "json">): Promise<ServedDocument> {
  return new ServedDocument(await client.json("/openapi.json?bounds=loaded"));
}

/** A schema outside of its document: pointers lead into the document by its name. */
function absolute(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(absolute);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) =>
      key === "$ref" && typeof inside === "string" ? [key, `document${inside}`] : [key, absolute(inside)]
    ),
  );
}
