import { csvRecords } from "../formats/csv_records.ts";
import { ImportFault } from "../formats/imported.ts";
import { PromptSetFault } from "./prompt_set.ts";

/** Characters of a text, and prompts of a set. */
export const MOST_CHARACTERS = 1_000_000;
export const MOST_PROMPTS = 1000;

/** What columns and members with prompts are called. */
const NAMES = ["prompt", "prompts", "question", "questions", "text", "input", "sentence"];

/** What was found in a text. */
export interface ParsedPrompts {
  /** Each once, in the order of the text. */
  readonly prompts: readonly string[];
  /** How many were left out for being there already. */
  readonly repeated: number;
}

/**
 * Prompts of a text: one a line, a JSON array or JSON lines of strings or of objects with a prompt, or a CSV column.
 *
 * @param name of the file, whose ending tells what it is; empty for what was pasted
 * @throws {PromptSetFault}
 */
export function parsePrompts(name: string, text: string): ParsedPrompts {
  if (text.length > MOST_CHARACTERS) throw new PromptSetFault(`more than ${MOST_CHARACTERS} characters`);
  if (text.includes("\0")) throw new PromptSetFault("this is not text");
  const clean = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const found = (promptsOf(name.toLowerCase(), clean) ?? linesOf(clean)).filter((prompt) => prompt.trim() !== "");
  const prompts = [...new Set(found)];
  if (prompts.length === 0) throw new PromptSetFault("no prompt was found: one a line would be right");
  if (prompts.length > MOST_PROMPTS) {
    throw new PromptSetFault(`${prompts.length} prompts: ${MOST_PROMPTS} at most; a job takes more of them`);
  }
  return { prompts, repeated: found.length - prompts.length };
}

/** Null where the text is lines of prompts. */
function promptsOf(name: string, text: string): readonly string[] | null {
  const beginning = text.trimStart()[0];
  const isNamed = /\.(json|jsonl|ndjson)$/.test(name);
  if (isNamed || beginning === "[" || beginning === "{") {
    const values = jsonOf(text);
    if (values !== null) return values.map(promptOf);
    if (isNamed) throw new PromptSetFault("this is not JSON: an array of prompts would be right");
  }
  if (name.endsWith(".csv")) return columnOf(text);
  const [first] = linesOf(text);
  return name === "" && first?.includes(",") && nameIn(first.split(",")) >= 0 ? columnOf(text) : null;
}

/** The values of a JSON array, of an object's member, or of lines of JSON; null for what is no JSON. */
function jsonOf(text: string): readonly unknown[] | null {
  const whole = parsed(text);
  if (Array.isArray(whole)) return whole;
  if (isObject(whole)) {
    const member = NAMES.find((name) => Array.isArray(whole[name]));
    return member === undefined ? [whole] : whole[member] as unknown[];
  }
  const lines = linesOf(text).filter((line) => line.trim() !== "").map(parsed);
  return lines.length > 0 && lines.every((line) => line !== undefined) ? lines : null;
}

function promptOf(value: unknown, at: number): string {
  if (typeof value === "string") return value;
  const member = isObject(value) ? NAMES.find((name) => typeof value[name] === "string") : undefined;
  if (member !== undefined) return (value as Record<string, string>)[member]!;
  throw new PromptSetFault(
    `value ${at + 1} is neither a text nor an object with a text as its prompt, text or question`,
  );
}

function columnOf(text: string): readonly string[] {
  const records = recordsOf(text);
  const [head = []] = records;
  const at = nameIn(head);
  if (at >= 0) return records.slice(1).map((fields) => fields[at] ?? "");
  if (records.every((fields) => fields.length === 1)) return records.map(([field]) => field!);
  throw new PromptSetFault(
    `the columns are ${head.slice(0, 8).join(", ")}: one named prompt, text or question would be right`,
  );
}

function recordsOf(text: string): (readonly string[])[] {
  try {
    return [...csvRecords(text)].map(({ fields }) => fields);
  } catch (error) {
    throw error instanceof ImportFault ? new PromptSetFault(error.message) : error;
  }
}

/** Which of a record's fields is the name of a column with prompts; -1: none. */
function nameIn(fields: readonly string[]): number {
  const names = fields.map((field) => field.trim().toLowerCase());
  return names.indexOf(NAMES.find((name) => names.includes(name)) ?? "\0");
}

function linesOf(text: string): readonly string[] {
  return text.split("\n");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
