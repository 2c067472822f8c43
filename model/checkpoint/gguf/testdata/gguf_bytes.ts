/** A metadata value and ggml's number for its type; an array names the type of its elements. */
export type Written =
  | { readonly type: "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32" | "f64"; readonly value: number }
  | { readonly type: "u64" | "i64"; readonly value: bigint }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly of: Written["type"]; readonly values: readonly unknown[] };

export interface WrittenTensor {
  readonly name: string;
  /** ggml's number. */
  readonly type: number;
  /** Innermost dimension first, as the file has it. */
  readonly dims: readonly (number | bigint)[];
  readonly data: Uint8Array;
  /** Where it says it lies; its place by default. */
  readonly offset?: bigint;
}

const TYPES = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"];

export const text = (value: string): Written => ({ type: "string", value });
export const u32 = (value: number): Written => ({ type: "u32", value });
export const f32 = (value: number): Written => ({ type: "f32", value });
export const bool = (value: boolean): Written => ({ type: "bool", value });
export const texts = (values: readonly string[]): Written => ({ type: "array", of: "string", values });
export const numbers = (of: "i32" | "f32", values: readonly number[]): Written => ({ type: "array", of, values });

/** Writes a GGUF file for tests, as its specification has it. */
export function ggufBytes(
  metadata: readonly (readonly [string, Written])[],
  tensors: readonly WrittenTensor[] = [],
  options: { readonly version?: number; readonly alignment?: number } = {},
): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  out.raw(new TextEncoder().encode("GGUF"));
  out.number("setUint32", 4, options.version ?? 3);
  out.u64(BigInt(tensors.length));
  out.u64(BigInt(metadata.length));
  for (const [key, value] of metadata) {
    out.string(key);
    out.number("setUint32", 4, TYPES.indexOf(value.type));
    out.value(value);
  }
  const alignment = options.alignment ?? 32;
  const pad = (at: number) => Math.ceil(at / alignment) * alignment;
  let at = 0;
  for (const { name, type, dims, data, offset } of tensors) {
    out.string(name);
    out.number("setUint32", 4, dims.length);
    for (const size of dims) out.u64(BigInt(size));
    out.number("setUint32", 4, type);
    out.u64(offset ?? BigInt(at));
    at = pad(at + data.length);
  }
  for (const { data } of tensors) {
    out.raw(new Uint8Array(pad(out.length) - out.length));
    out.raw(data);
  }
  return out.bytes();
}

class Bytes {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.length += bytes.length;
  }

  number(
    set: "setUint8" | "setUint16" | "setUint32" | "setFloat32" | "setFloat64",
    width: number,
    value: number,
  ): void {
    const bytes = new Uint8Array(width);
    new DataView(bytes.buffer)[set](0, value, true);
    this.raw(bytes);
  }

  u64(value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    this.raw(bytes);
  }

  string(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(BigInt(bytes.length));
    this.raw(bytes);
  }

  value(written: Written): void {
    switch (written.type) {
      case "u8":
      case "i8":
        return this.number("setUint8", 1, written.value);
      case "u16":
      case "i16":
        return this.number("setUint16", 2, written.value);
      case "u32":
      case "i32":
        return this.number("setUint32", 4, written.value);
      case "f32":
        return this.number("setFloat32", 4, written.value);
      case "f64":
        return this.number("setFloat64", 8, written.value);
      case "bool":
        return this.number("setUint8", 1, written.value ? 1 : 0);
      case "u64":
      case "i64":
        return this.u64(BigInt.asUintN(64, written.value));
      case "string":
        return this.string(written.value);
      case "array":
        this.number("setUint32", 4, TYPES.indexOf(written.of));
        this.u64(BigInt(written.values.length));
        for (const value of written.values) this.value({ type: written.of, value } as Written);
    }
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
