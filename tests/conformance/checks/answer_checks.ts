import { isObject, type Json, type JsonValue } from "../../../openapi/json.ts";
import type { Answer } from "../client.ts";
import type { DescribedResponse, Operation } from "../document/operation.ts";
import { answerJson, isJson, NDJSON, text } from "./answer_json.ts";
import type { AnswerCheck } from "./check.ts";

/** What the document says of an answer's status. */
export function describedResponse({ responses }: Operation, status: number): DescribedResponse | undefined {
  return responses.get(String(status)) ?? responses.get(`${Math.floor(status / 100)}XX`) ?? responses.get("default");
}

/** No answer is a fault of the service's own, nor tells one in a frame or an item. */
export const notAServerError: AnswerCheck = ({ answer }) => {
  if (answer.status >= 500) return `a fault of the service: ${answer.status}`;
  const problem = problemsOf(answer).find(({ status }) => Number(status) >= 500);
  return problem && `a fault of the service within the answer: ${JSON.stringify(problem)}`;
};

/** Every status is one that the operation lists. */
export const statusCodeConformance: AnswerCheck = ({ request: { operation }, answer: { status } }) =>
  describedResponse(operation, status) ? undefined : `the status ${status} is not in the document`;

/** Every answer has a media type that its status lists, and none where it lists none. */
export const contentTypeConformance: AnswerCheck = ({ request: { operation, headers }, answer }) => {
  const described = describedResponse(operation, answer.status);
  if (!described) return undefined;
  const types = [...described.content.keys()];
  const { mediaType } = answer;
  if (mediaType === undefined) {
    return types.length === 0 && answer.body.byteLength === 0 ? undefined : "the answer has no media type";
  }
  if (!types.includes(mediaType)) {
    return `${mediaType} is not a media type of ${answer.status}: ${types.join(", ") || "it has no body"}`;
  }
  // The form that a query names is the one that comes.
  if (operation.parameters.some(({ name, in: place }) => name === "format" && place === "query")) return undefined;
  const wanted = headers["accept"];
  return wanted !== undefined && types.includes(wanted) && wanted !== mediaType
    ? `${mediaType} answers a request that accepts only ${wanted}`
    : undefined;
};

/** Every header that a status must have is there, and each header that it may have is as its schema says. */
export const responseHeadersConformance: AnswerCheck = ({ document, request: { operation }, answer }) => {
  for (const { name, required, schema } of describedResponse(operation, answer.status)?.headers ?? []) {
    const value = answer.headers.get(name);
    if (value === null) {
      if (required) return `the header ${name} is missing`;
      continue;
    }
    const { type } = document.resolve(schema);
    const read = type === "integer" || type === "number" ? Number(value) : value;
    const [fault] = document.faults(schema, read);
    if (fault !== undefined) return `the header ${name}: ${value} is not as the document says: ${fault}`;
  }
  return undefined;
};

/** Every JSON body, every frame of a stream and every text is as its schema says; a file has the length it states. */
export const responseSchemaConformance: AnswerCheck = ({ document, request: { operation }, answer }) => {
  const { mediaType = "", body, headers } = answer;
  const schema = describedResponse(operation, answer.status)?.content.get(mediaType);
  if (!schema) return undefined;
  if (isJson(mediaType)) {
    const [value] = answerJson(answer).values;
    if (value === undefined) return "the answer is not JSON";
    const [fault] = document.faults(schema, value);
    return fault && `the answer is not as its schema says: ${fault}`;
  }
  // A part of a stream begins and ends anywhere.
  if (mediaType === NDJSON && answer.status !== 206) {
    return frameFault(document.resolve(schema), answer, (frame) => document.faults(schema, frame));
  }
  const length = headers.get("content-length");
  if (length !== null && Number(length) !== body.byteLength) {
    return `Content-Length is ${length}, and ${body.byteLength} bytes came`;
  }
  return mediaType.startsWith("text/") && text(body) === undefined ? "the text is not UTF-8" : undefined;
};

/** Every check of an answer by itself, by its name in schemathesis. */
export const ANSWER_CHECKS = {
  not_a_server_error: notAServerError,
  status_code_conformance: statusCodeConformance,
  content_type_conformance: contentTypeConformance,
  response_headers_conformance: responseHeadersConformance,
  response_schema_conformance: responseSchemaConformance,
} as const satisfies Record<string, AnswerCheck>;

/** Each line is a frame; the last one is the end where the union of frames has one. */
function frameFault(union: Json, answer: Answer, faults: (frame: JsonValue) => string[]): string | undefined {
  const { text: stream, values: frames } = answerJson(answer);
  const types = Object.keys(((union.discriminator as Json | undefined)?.mapping ?? {}) as Json);
  // What has no end may have no line yet.
  if (stream === "" && !types.includes("end")) return undefined;
  if (stream === undefined || !stream.endsWith("\n")) return "the stream was cut, or is not UTF-8";
  for (const [index, frame] of frames.entries()) {
    if (frame === undefined) return `frame ${index} is not JSON`;
    const [fault] = faults(frame);
    if (fault !== undefined) return `frame ${index} is not as its schema says: ${fault}`;
  }
  const last = String((frames.at(-1) as Json).type);
  return types.includes("end") && !["end", "error"].includes(last) ? `the last frame is ${last}` : undefined;
}

const jsonValues = (answer: Answer) => answerJson(answer).values.filter((it) => it !== undefined);

/** Every problem that an answer tells of its items and frames. */
export const problemsOf = (answer: Answer): Json[] => problemsWithin(jsonValues(answer));

function problemsWithin(values: readonly JsonValue[]): Json[] {
  return values.flatMap((value) => {
    if (Array.isArray(value)) return problemsWithin(value);
    if (!isObject(value)) return [];
    return isObject(value.problem) ? [value.problem] : Array.isArray(value.items) ? problemsWithin(value.items) : [];
  });
}

/** The problem that refuses a request: the whole answer, or the frame that ends its stream. */
export function refusalOf(answer: Answer): Json | undefined {
  const values = jsonValues(answer);
  const last = values.at(-1);
  if (answer.mediaType === "application/problem+json") return isObject(last) ? last : undefined;
  return isObject(last) && last.type === "error" && isObject(last.problem) ? last.problem : undefined;
}
