import { CheckpointError, quoted } from "../checkpoint_error.ts";
import type { Range } from "../json_fields.ts";
import type { GgufNumbers, GgufValue } from "./metadata_value.ts";

/** Typed access to the metadata of one GGUF file. */
export class GgufMetadata {
  readonly #values: ReadonlyMap<string, GgufValue>;

  constructor(values: ReadonlyMap<string, GgufValue>, readonly file: string) {
    this.#values = values;
  }

  get keys(): string[] {
    return [...this.#values.keys()];
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  raw(key: string): GgufValue | undefined {
    return this.#values.get(key);
  }

  integer(key: string, range: Range, fallback?: number): number {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "number" && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    throw this.wrong(key, `an integer from ${range.min} to ${range.max}`);
  }

  /** The number of every layer, where a file may give one for each: they must be equal. */
  integerOfLayers(key: string, range: Range, fallback?: number): number {
    const value = this.raw(key);
    if (!isNumbers(value)) return this.integer(key, range, fallback);
    const first = value[0];
    if (
      first !== undefined && first >= range.min && first <= range.max && value.every((one: number) => one === first)
    ) {
      return first;
    }
    throw this.wrong(key, `the same integer from ${range.min} to ${range.max} for every layer`);
  }

  /** A number with `min` < value ≤ `max`. */
  positive(key: string, range: Range, fallback?: number): number {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "number" && value > range.min && value <= range.max) return value;
    throw this.wrong(key, `a number above ${range.min} and at most ${range.max}`);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "boolean") return value;
    throw this.wrong(key, "a bool");
  }

  string(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback ?? this.#missing(key);
    if (typeof value === "string") return value;
    throw this.wrong(key, "a string");
  }

  strings(key: string): readonly string[] | null {
    const value = this.raw(key);
    if (value === undefined) return null;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as readonly string[];
    throw this.wrong(key, "an array of strings");
  }

  numbers(key: string): GgufNumbers | null {
    const value = this.raw(key);
    if (value === undefined) return null;
    if (isNumbers(value)) return value;
    throw this.wrong(key, "an array of numbers");
  }

  wrong(key: string, right: string): CheckpointError {
    return new CheckpointError("config.value", this.file, `${key} is ${shown(this.raw(key))}; it must be ${right}`);
  }

  unsupported(key: string, supported: string): CheckpointError {
    const reason = `${key} ${shown(this.raw(key))} is not supported; ${supported}`;
    return new CheckpointError("config.unsupported", this.file, reason);
  }

  #missing(key: string): never {
    throw new CheckpointError("config.missing", this.file, `the metadata key ${key} is missing`);
  }
}

function isNumbers(value: unknown): value is GgufNumbers {
  return ArrayBuffer.isView(value);
}

function shown(value: GgufValue | undefined): string {
  if (typeof value === "object") return `an array of ${value.length}`;
  return quoted(typeof value === "bigint" ? String(value) : value);
}
