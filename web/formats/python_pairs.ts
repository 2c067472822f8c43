import { ImportFault } from "./imported.ts";

/** A `(text, number)` of a Python list. */
export interface PythonPair {
  readonly text: string;
  readonly number: number;
  /** Written as an int. */
  readonly isWhole: boolean;
}

/**
 * Reads a Python literal that is a list of `(str, int or float)` tuples.
 * @param place where the source stands, for messages
 * @throws {ImportFault} that says at which character something else was found
 */
export function pythonPairs(source: string, place: string): PythonPair[] {
  const reader = new LiteralReader(source, place);
  const pairs: PythonPair[] = [];
  reader.expect("[");
  while (!reader.takes("]")) {
    if (pairs.length > 0) {
      reader.expect(",", "a comma or the list's end");
      if (reader.takes("]")) break;
    }
    reader.expect("(", "a tuple");
    const text = reader.text();
    reader.expect(",");
    pairs.push({ text, ...reader.number() });
    reader.takes(",");
    reader.expect(")");
  }
  reader.end();
  return pairs;
}

const WHITE = /[ \t\r\n]*/y;
const NUMBER = /[+-]?(?:\d+(\.\d*)?|(\.\d+))([eE][+-]?\d+)?/y;
const PLAIN = { "'": /[^'\\\n]+/y, '"': /[^"\\\n]+/y };
const OCTAL = /[0-7]{1,3}/y;
const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);
/** Hexadecimal digits of an escape. */
const DIGITS: ReadonlyMap<string, number> = new Map([["x", 2], ["u", 4], ["U", 8]]);

class LiteralReader {
  #at = 0;

  constructor(private readonly source: string, private readonly place: string) {}

  takes(sign: string): boolean {
    this.#match(WHITE);
    if (this.source[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  expect(sign: string, right = `"${sign}"`): void {
    if (!this.takes(sign)) throw this.#fault(right);
  }

  end(): void {
    this.#match(WHITE);
    if (this.#at < this.source.length) throw this.#fault("nothing after the list");
  }

  number(): Pick<PythonPair, "number" | "isWhole"> {
    this.#match(WHITE);
    const found = this.#match(NUMBER);
    if (found === null) throw this.#fault("a number");
    const [digits, fraction, bare, exponent] = found;
    const number = Number(digits);
    if (!Number.isFinite(number)) throw this.#fault("a finite number before it");
    return { number, isWhole: fraction === undefined && bare === undefined && exponent === undefined };
  }

  text(): string {
    this.#match(WHITE);
    const quote = this.source[this.#at];
    if (quote !== "'" && quote !== '"') throw this.#fault("a quoted text");
    this.#at += 1;
    let text = "";
    for (;;) {
      text += this.#match(PLAIN[quote])?.[0] ?? "";
      const next = this.source[this.#at];
      if (next !== quote && next !== "\\") throw this.#fault(`the text's closing ${quote}`);
      this.#at += 1;
      if (next === quote) return text;
      text += this.#escape();
    }
  }

  /** What follows a backslash. */
  #escape(): string {
    const octal = this.#match(OCTAL)?.[0];
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
    const kind = this.source[this.#at];
    if (kind === undefined || kind === "N") throw this.#fault("an escape such as \\n or \\u2028");
    const short = SHORT.get(kind);
    const digits = DIGITS.get(kind);
    if (digits === undefined) {
      this.#at += 1;
      // Python leaves an escape that it does not know as it is.
      return short ?? `\\${kind}`;
    }
    const hex = this.source.slice(this.#at + 1, this.#at + 1 + digits);
    const code = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? parseInt(hex, 16) : Infinity;
    if (code > 0x10ffff) throw this.#fault(`\\${kind} with ${digits} hexadecimal digits of a character`);
    this.#at += 1 + digits;
    return String.fromCodePoint(code);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.source);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #fault(right: string): ImportFault {
    const next = this.source[this.#at];
    const found = next === undefined ? "the end" : next < " " ? "a control character" : `"${next}"`;
    return new ImportFault(`${this.place}, character ${this.#at + 1}: found ${found}; ${right} would be right`);
  }
}
