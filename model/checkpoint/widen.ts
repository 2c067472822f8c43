import { BYTES_OF, type DType } from "./tensor_source.ts";

/**
 * Stored numbers as float32: exact for every dtype, NaN and infinities included (a NaN's payload may change).
 *
 * @param bytes little-endian, a whole number of values; any alignment
 * @returns a new array; for F32 it shares `bytes`' memory where that is aligned
 * @throws {RangeError} for a part of a value
 */
export function widen(bytes: Uint8Array<ArrayBuffer>, dtype: DType): Float32Array<ArrayBuffer> {
  const width = BYTES_OF[dtype];
  if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes are no whole number of ${dtype} values`);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const count = bytes.length / width;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F16":
      return new Float32Array(new Float16Array(buffer, byteOffset, count));
    case "BF16": {
      // A bfloat16 is the upper half of a float32.
      const halves = new Uint16Array(buffer, byteOffset, count);
      const words = new Uint32Array(count);
      for (let at = 0; at < count; at++) words[at] = halves[at]! << 16;
      return new Float32Array(words.buffer);
    }
  }
}
