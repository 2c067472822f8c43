import { CheckpointError, quoted } from "./checkpoint_error.ts";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Typed access to the keys of one JSON object of a file; a null counts as absent, as in transformers. */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;

  /** @param path where the object lies in the file: "" or e.g. `rope_scaling.` */
  constructor(json: unknown, readonly file: string, readonly path = "") {
    if (!isObject(json)) {
      const what = path === "" ? "the file" : path.slice(0, -1);
      throw new CheckpointError("config.value", file, `${what} must be a JSON object, not ${quoted(json)}`);
    }
    this.#object = json;
  }

  /** The key is written in the file, be it as null. */
  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  raw(key: string): unknown {
    return this.has(key) ? this.#object[key] ?? undefined : undefined;
  }

  entries(): [string, unknown][] {
    return Object.entries(this.#object);
  }

  integer(key: string, range: Range, fallback?: number): number {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "number" && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    throw this.wrong(key, value, `an integer from ${range.min} to ${range.max}`);
  }

  /** A number with `min` < value ≤ `max`. */
  positive(key: string, range: Range, fallback?: number): number {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "number" && value > range.min && value <= range.max) return value;
    throw this.wrong(key, value, `a number above ${range.min} and at most ${range.max}`);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "boolean") return value;
    throw this.wrong(key, value, "true or false");
  }

  string(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "string") return value;
    throw this.wrong(key, value, "a string");
  }

  /** The object under a key; null where it is absent or empty (`{}` is false in Python, and skipped there too). */
  object(key: string): JsonFields | null {
    const value = this.raw(key);
    if (value === undefined || isObject(value) && Object.keys(value).length === 0) return null;
    return new JsonFields(value, this.file, `${this.path}${key}.`);
  }

  strings(key: string): readonly string[] | null {
    const value = this.raw(key);
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw this.wrong(key, value, "a list of strings");
  }

  wrong(key: string, value: unknown, right: string): CheckpointError {
    return new CheckpointError(
      "config.value",
      this.file,
      `${this.path}${key} is ${quoted(value)}; it must be ${right}`,
    );
  }

  unsupported(key: string, value: unknown, supported: string): CheckpointError {
    const reason = `${this.path}${key} ${quoted(value)} is not supported; ${supported}`;
    return new CheckpointError("config.unsupported", this.file, reason);
  }

  #missing(key: string): never {
    throw new CheckpointError("config.missing", this.file, `the key ${this.path}${key} is missing`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
