/** How an answer is written. */
export type Form = "json" | "csv" | "ndjson" | "batch" | "batch-ndjson" | "safetensors";

export type Body = Readonly<Record<string, unknown>>;

/** One request of the pool, and the requests that ask the same of it alone. */
export interface SoakRequest {
  readonly path: string;
  readonly form: Form;
  readonly body: Body;
  /** One a prompt, each to the path of `alonePath`, out of the cache. */
  readonly alone: readonly Body[];
  readonly alonePath: "/probe" | "/activations";
}

export const ACCEPT: Readonly<Record<Form, string>> = {
  json: "application/json",
  csv: "text/csv",
  ndjson: "application/x-ndjson",
  batch: "application/json",
  "batch-ndjson": "application/x-ndjson",
  safetensors: "*/*",
};
