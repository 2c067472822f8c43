import type { z } from "@hono/zod-openapi";
import { type NamedFault, pointer, quote } from "../openapi/refusal.ts";

type Issue = z.core.$ZodIssue;

/** What zod found, in our words: every fault with its pointer, none of the library's messages. */
export function schemaFaults(issues: readonly Issue[], base: readonly PropertyKey[] = []): NamedFault[] {
  return issues.flatMap((issue) => faultsOf(issue, [...base, ...issue.path]));
}

function faultsOf(issue: Issue, path: readonly PropertyKey[]): NamedFault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => fault([...path, key], `there is no member ${quote(key)}`));
  }
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find((errors) => errors.length > 0 && !errors.some(isAnotherType));
    if (branch) return schemaFaults(branch, path);
  }
  return [fault(path, `${nameOf(path)} ${sentence(issue)}`)];
}

/** Whether a branch of a union is meant for values of another type altogether. */
function isAnotherType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function fault(path: readonly PropertyKey[], detail: string): NamedFault {
  return { problem: "invalid-request", in: "body", pointer: pointer(path), detail };
}

/** "layers[2]", "prompt.messages[0].role"; the body itself where the path is empty. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the body";
  return path.map((step, at) => typeof step === "number" ? `[${step}]` : `${at > 0 ? "." : ""}${String(step)}`).join("")
    .toWellFormed();
}

function sentence(issue: Issue): string {
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_union")) {
    return "is missing";
  }
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case "invalid_value":
      return `must be ${alternatives(issue.values.map((value) => JSON.stringify(value)))}`;
    case "too_big":
      return `must ${size(issue.origin, "at most", Number(issue.maximum))}`;
    case "too_small":
      return `must ${size(issue.origin, "at least", Number(issue.minimum))}`;
    case "invalid_format":
      return issue.pattern ? `must match ${issue.pattern}` : "is not in the right form";
    case "invalid_union":
    case "custom":
      return issue.message;
    default:
      return "is not acceptable";
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value === true || value === false) return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "a number beyond every range";
  if (typeof value === "string") return "a text";
  return "an object";
}

function size(origin: string, relation: string, bound: number): string {
  if (origin === "string") return `have ${relation} ${bound} characters`;
  if (origin === "array") return `have ${relation} ${bound} items`;
  return `be ${relation} ${bound}`;
}

function alternatives(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `one of ${values.join(", ")}`;
}
