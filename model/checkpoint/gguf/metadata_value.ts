import type { GgufCursor } from "./cursor.ts";

/** Numbers of one kind; a bool is 0 or 1. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** A 64-bit integer is a number where that is exact. */
export type GgufValue = number | bigint | boolean | string | GgufNumbers | readonly GgufValue[];

/** Arrays of arrays of arrays: nobody writes them. */
const MAX_DEPTH = 3;
/** Least bytes of one value of a type, by its number in the file (ggml's `enum gguf_type`). */
const BYTES = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8] as const;
const NUMBERS: Readonly<Record<number, { new (bytes: ArrayBuffer): GgufNumbers }>> = {
  0: Uint8Array,
  1: Int8Array,
  2: Uint16Array,
  3: Int16Array,
  4: Uint32Array,
  5: Int32Array,
  6: Float32Array,
  12: Float64Array,
};
const ARRAY = 9;

/**
 * One metadata value of the type that the file names by number. Memory stays near the bytes it takes in the file.
 *
 * @param what the key, for messages
 * @throws {CheckpointError} rules `gguf.header`, `gguf.limit`
 */
export function readValue(cursor: GgufCursor, type: number, what: string, depth = 0): GgufValue {
  switch (type) {
    case 0:
      return cursor.u8(what);
    case 1:
      return cursor.i8(what);
    case 2:
      return cursor.u16(what);
    case 3:
      return cursor.i16(what);
    case 4:
      return cursor.u32(what);
    case 5:
      return cursor.i32(what);
    case 6:
      return cursor.f32(what);
    case 7:
      return readBoolean(cursor, what);
    case 8:
      return cursor.string(what);
    case ARRAY:
      return readArray(cursor, what, depth);
    case 10:
      return exact(cursor.u64(what));
    case 11:
      return exact(cursor.i64(what));
    case 12:
      return cursor.f64(what);
    default:
      throw cursor.fault("gguf.header", `${what} has the unknown value type ${type}; 0 to 12 are known`);
  }
}

function readArray(cursor: GgufCursor, what: string, depth: number): GgufValue {
  const type = cursor.u32(what);
  const bytes = BYTES[type];
  if (bytes === undefined) {
    throw cursor.fault("gguf.header", `${what} is an array of the unknown value type ${type}; 0 to 12 are known`);
  }
  if (type === ARRAY && depth + 1 >= MAX_DEPTH) {
    throw cursor.fault("gguf.limit", `${what} has arrays nested more than ${MAX_DEPTH} deep`);
  }
  const count = cursor.count(`the length of the array ${what}`, bytes, Number.MAX_SAFE_INTEGER);
  const numbers = NUMBERS[type];
  if (numbers !== undefined) {
    const start = cursor.take(count * bytes, `the array ${what}`);
    // A copy, because the values may begin anywhere.
    return new numbers(cursor.bytes.slice(start, start + count * bytes).buffer);
  }
  const values: GgufValue[] = [];
  for (let i = 0; i < count; i++) values.push(readValue(cursor, type, what, depth + 1));
  return values;
}

function readBoolean(cursor: GgufCursor, what: string): boolean {
  const byte = cursor.u8(what);
  if (byte > 1) throw cursor.fault("gguf.header", `${what} is a bool of value ${byte}; it must be 0 or 1`);
  return byte === 1;
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
