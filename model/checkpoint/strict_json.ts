import { CheckpointError, quoted } from "./checkpoint_error.ts";

export interface JsonLimits {
  /** Longest text, in UTF-16 units. */
  readonly maxLength: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/** A weight index of 10,000 tensors is 1 MB; nesting beyond a few levels is nobody's config. */
export const JSON_LIMITS: JsonLimits = { maxLength: 32 * 1024 * 1024, maxDepth: 64 };

/**
 * What `JSON.parse` accepts, less what it hides: a key twice in one object (it keeps the last) and a number beyond
 * float64's range (it makes Infinity).
 *
 * @param text the document
 * @param file base name, for messages
 * @throws {CheckpointError} rule `json`
 */
export function parseStrictJson(text: string, file: string, limits: JsonLimits = JSON_LIMITS): unknown {
  if (text.length > limits.maxLength) {
    throw new CheckpointError("json", file, `${text.length} characters of JSON; at most ${limits.maxLength} are read`);
  }
  return new Parser(text, file, limits.maxDepth).document();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class Parser {
  #at = 0;

  constructor(readonly text: string, readonly file: string, readonly maxDepth: number) {}

  document(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== "") throw this.#unexpected("the end");
    return value;
  }

  #value(depth: number): unknown {
    const first = this.#peek();
    if ((first === "{" || first === "[") && depth === this.maxDepth) {
      throw this.#error(`nested more than ${this.maxDepth} deep`);
    }
    if (first === "{") return this.#object(depth + 1);
    if (first === "[") return this.#array(depth + 1);
    if (first === '"') return this.#string();
    const word = this.#match(WORD);
    if (word !== null) return WORDS[word];
    const number = this.#match(NUMBER);
    if (number === null) throw this.#unexpected("a value");
    const value = Number(number);
    if (!Number.isFinite(value)) throw this.#error(`the number ${quoted(number)} is beyond float64`);
    return value;
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    if (this.#take("}")) return object;
    do {
      if (this.#peek() !== '"') throw this.#unexpected("a key in double quotes");
      const key = this.#string();
      if (Object.hasOwn(object, key)) {
        throw this.#error(`duplicate key ${quoted(key)}: it must be there once, not twice`);
      }
      if (!this.#take(":")) throw this.#unexpected("':'");
      const value = this.#value(depth);
      // An assignment to `__proto__` would set the prototype and hide the key.
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#unexpected("',' or '}'");
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    if (this.#take("]")) return array;
    do array.push(this.#value(depth)); while (this.#take(","));
    if (!this.#take("]")) throw this.#unexpected("',' or ']'");
    return array;
  }

  /** Finds the closing quote and leaves escapes and control characters to `JSON.parse`. */
  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.text.length; at++) {
      const character = this.text[at];
      if (character === "\\") at++;
      else if (character === '"') {
        this.#at = at + 1;
        try {
          return JSON.parse(this.text.slice(start, at + 1));
        } catch {
          this.#at = start;
          throw this.#error("a string with a bad escape or a raw control character");
        }
      }
    }
    throw this.#error("a string without its closing quote");
  }

  /** The next character that is not white space; "" at the end. */
  #peek(): string {
    this.#match(SPACE);
    return this.text[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #unexpected(wanted: string): CheckpointError {
    const found = this.text[this.#at];
    return this.#error(`expected ${wanted}, found ${found === undefined ? "the end" : quoted(found)}`);
  }

  #error(reason: string): CheckpointError {
    return new CheckpointError("json", this.file, `JSON at character ${this.#at}: ${reason}`);
  }
}
