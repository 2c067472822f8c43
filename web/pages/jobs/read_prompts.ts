import type { Prompt } from "../../../clients/typescript/midstream.ts";

/** How a text of prompts is understood. */
export const READ_AS = ["auto", "lines", "json"] as const;
export type ReadAs = typeof READ_AS[number];

/** A prompt, with the members of a probe that its line gives itself. */
export interface LineRequest {
  readonly prompt: Prompt;
  readonly [member: string]: unknown;
}

export interface ReadPrompts {
  /** How it was understood, for people: "one prompt a line". */
  readonly form: string;
  readonly requests: readonly LineRequest[];
}

/** A text that holds no prompts: the message says where, and what would be right. */
export class PromptsFault extends Error {
  override readonly name = "PromptsFault";
}

/**
 * Prompts of a text: one a line; a JSON array; or a JSON value a line (NDJSON), a prompt or a whole request each. Equal
 * prompts stay as many as they are, and empty lines are left out.
 * @throws {PromptsFault}
 */
export function readPrompts(text: string, as: ReadAs): ReadPrompts {
  const lines = text.split(/\r?\n/).map((line, at) => ({ number: at + 1, line })).filter(({ line }) => line.trim());
  if (as !== "lines") {
    const whole = parsed(text);
    if (Array.isArray(whole) && !isIds(whole)) {
      const places = whole.map((value, at) => ({ value, place: `item ${at + 1}` }));
      return { form: "a JSON array", requests: places.map(requestOf) };
    }
    const values = lines.map(({ line, number }) => ({ value: parsed(line), place: `line ${number}` }));
    const strange = values.find(({ value }) => value === undefined);
    const looksRight = strange === undefined &&
      values.every(({ value }) => typeof value === "object" && value !== null);
    if (as === "json" && strange !== undefined) {
      throw new PromptsFault(`${strange.place} is not JSON; an array, or a prompt or request a line, would be right`);
    }
    const areTexts = values.length > 0 && values.every(({ value }) => typeof value === "string");
    if (as === "json" || (looksRight && values.length > 0) || areTexts) {
      return { form: "a JSON value a line", requests: values.map(requestOf) };
    }
  }
  return { form: "one prompt a line", requests: lines.map(({ line }) => ({ prompt: line })) };
}

function requestOf({ value, place }: { readonly value: unknown; readonly place: string }): LineRequest {
  if (isPrompt(value)) return { prompt: value };
  if (typeof value === "object" && value !== null && "prompt" in value) return value as LineRequest;
  const right = 'a text, token ids, {"messages": …}, or a request with a "prompt"';
  throw new PromptsFault(`${place} is no prompt; ${right} would be right`);
}

function isPrompt(value: unknown): value is Prompt {
  if (typeof value === "string" || isIds(value)) return true;
  return typeof value === "object" && value !== null && "messages" in value && !("prompt" in value);
}

function isIds(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => Number.isInteger(id));
}

/** Undefined where it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
