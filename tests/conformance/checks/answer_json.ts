import { Buffer } from "node:buffer";
import type { JsonValue } from "../../../openapi/json.ts";
import type { Answer } from "../client.ts";

/** An answer read as JSON: one value, or a value for each line of a stream. Where one is none, undefined stands. */
export interface AnswerJson {
  /** undefined: it is not UTF-8. */
  readonly text: string | undefined;
  readonly values: readonly (JsonValue | undefined)[];
}

/** Bytes from which on a body is remembered: documents are long, and are answered again and again. */
const LARGE = 50_000;
const REMEMBERED = 8;

const READ = new WeakMap<Answer, AnswerJson>();
const large: { readonly body: Uint8Array; readonly json: AnswerJson }[] = [];

/** Read once, though several checks ask for it. */
export function answerJson(answer: Answer): AnswerJson {
  const known = READ.get(answer);
  if (known) return known;
  const json = isJson(answer.mediaType) || answer.mediaType === NDJSON ? readOnce(answer) : NO_JSON;
  READ.set(answer, json);
  return json;
}

export const NDJSON = "application/x-ndjson";
const NO_JSON: AnswerJson = { text: undefined, values: [] };

export const isJson = (mediaType = "") => mediaType === "application/json" || mediaType.endsWith("+json");

function readOnce(answer: Answer): AnswerJson {
  const { body } = answer;
  if (body.byteLength < LARGE) return read(answer);
  const same = large.find((it) => it.body.byteLength === body.byteLength && equal(it.body, body));
  if (same) return same.json;
  const json = read(answer);
  large.unshift({ body, json });
  large.length = Math.min(large.length, REMEMBERED);
  return json;
}

function read({ mediaType, body }: Answer): AnswerJson {
  const whole = text(body);
  if (whole === undefined) return NO_JSON;
  const lines = mediaType === NDJSON ? whole.split("\n") : [whole];
  // Behind the last end of a line stands nothing.
  if (mediaType === NDJSON && lines.at(-1) === "") lines.pop();
  return { text: whole, values: lines.map(parsed) };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
