import { isObject, type Json, type JsonValue } from "../../openapi/json.ts";
import type { Asked } from "./ask.ts";

/** What is left out stands in the answer as text after this sign, so that it remains JSON. */
export const LEFT_OUT = "…";

const MOST_LINES = 66;
const LINE_WIDTH = 120;
/** Objects of an array that are shown where there are more, where they fit on a screen. */
const ITEMS = 2;
const PLAIN_ITEMS = 6;
/** What is larger is no reading matter, and shown from above. */
const MOST_CHARACTERS = 100_000;
const MOST_TEXT = 160;
const TABLE_LINES = 14;
const CSV_ROWS = 4;

/** An answer as a page shows it: what is left out is said where it stood. */
export function shortened({ type, body }: Pick<Asked, "type" | "body">): string {
  if (/\bjson$/.test(type) && type !== "application/x-ndjson") {
    return shortJson(JSON.parse(body) as JsonValue, body.length > MOST_CHARACTERS ? 1 : 8);
  }
  const lines = body.trimEnd().split(/\r?\n/);
  if (type === "application/x-ndjson") return shortStream(lines);
  return firstLines(lines, type === "text/csv" ? CSV_ROWS : TABLE_LINES);
}

function firstLines(lines: readonly string[], most: number): string {
  const left = lines.length - most;
  return (left > 1 ? [...lines.slice(0, most), moreLines(left)] : lines).join("\n");
}

/** The first frame of each type, and how many more there were. */
function shortStream(lines: readonly string[]): string {
  const counts = new Map<string, number>();
  const shown: string[] = [];
  for (const line of lines) {
    const frame = JSON.parse(line) as { type: string };
    const count = counts.get(frame.type) ?? 0;
    counts.set(frame.type, count + 1);
    if (count === 0) shown.push(oneLine(cut(frame as unknown as JsonValue, 1, 4)));
  }
  const left = lines.length - shown.length;
  return (left > 0 ? [...shown, moreLines(left)] : shown).join("\n");
}

function moreLines(count: number): string {
  return `${LEFT_OUT} ${count} more ${count === 1 ? "line" : "lines"}`;
}

/** As much as fits on a screen: fewer items first, then less deep. */
function shortJson(value: JsonValue, deepest: number): string {
  for (let depth = deepest; depth > 1; depth--) {
    for (const items of depth === deepest ? [ITEMS, 1] : [1]) {
      const text = laidOut(cut(value, items, depth));
      if (text.split("\n").length <= MOST_LINES) return text;
    }
  }
  return laidOut(cut(value, 1, 1));
}

/** Long arrays begin and say how many more; objects below `depth` say how many members; long texts break off. */
function cut(value: JsonValue, items: number, depth: number): JsonValue {
  if (typeof value === "string") return value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT)}${LEFT_OUT}` : value;
  if (Array.isArray(value)) {
    const shown = value.every((item) => typeof item !== "object" || item === null) ? PLAIN_ITEMS : items;
    const left = value.length - shown;
    const first = value.slice(0, left > 1 ? shown : value.length).map((item) => cut(item, items, depth));
    return left > 1 ? [...first, `${LEFT_OUT} ${left} more`] : first;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  if (depth === 0 && members.length > 0) return { [LEFT_OUT]: membersLeftOut(value) };
  return Object.fromEntries(members.map(([name, inside]) => [name, cut(inside, items, depth - 1)]));
}

/** What stands for an object that is not shown. */
export function membersLeftOut(value: Json): string {
  const { length } = Object.keys(value);
  return `${length} ${length === 1 ? "member" : "members"}`;
}

function oneLine(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inside]) => `${JSON.stringify(name)}: ${oneLine(inside)}`);
  return `{${members.join(", ")}}`;
}

/** On one line what fits there, otherwise a member or an item a line. */
export function laidOut(value: JsonValue, indent = "", before = 0): string {
  const line = oneLine(value);
  if (typeof value !== "object" || value === null || indent.length + before + line.length <= LINE_WIDTH) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => laidOut(item, inner))
    : Object.entries(value).map(([name, inside]) => {
      const label = `${JSON.stringify(name)}: `;
      return `${label}${laidOut(inside, inner, label.length)}`;
    });
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(",\n")}\n${indent}${close}`;
}
