import { METADATA_KEY, SAFETENSORS_BYTES_OF } from "./safetensors_header.ts";

/** One tensor to be written; its values follow the header in the order of the entries. */
export interface SafetensorsPlan {
  readonly name: string;
  /** A dtype of the format, e.g. `F32`, `I64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The header is padded with spaces so that the values begin at a multiple of this. */
const ALIGNMENT = 8;

/**
 * Everything of a safetensors file before its values: length prefix and padded JSON header. The caller writes the values
 * of each entry after it, in the same order and without gaps; the widest dtype first keeps each one aligned.
 *
 * @throws {RangeError} for a name twice, an unknown dtype, a shape that is not of whole numbers, or an entry that would
 * begin unaligned: all of these are faults of the caller
 */
export function writeSafetensorsHeader(
  entries: readonly SafetensorsPlan[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([METADATA_KEY, metadata]);
  const names = new Set<string>([METADATA_KEY]);
  let at = 0;
  for (const { name, dtype, shape } of entries) {
    const width = SAFETENSORS_BYTES_OF[dtype];
    if (names.has(name)) throw new RangeError(`tensor name ${JSON.stringify(name)} is taken`);
    if (width === undefined) throw new RangeError(`unknown dtype ${dtype}`);
    if (at % width !== 0) throw new RangeError(`${name} would begin unaligned: put wider dtypes first`);
    const end = at + shape.reduce((product, size) => product * size, 1) * width;
    if (!Number.isSafeInteger(end) || end < at) throw new RangeError(`${name}: impossible shape [${shape.join(", ")}]`);
    names.add(name);
    header.push([name, { dtype, shape, data_offsets: [at, end] }]);
    at = end;
  }
  // Not via an object: it would put integer-like names first, and lose `__proto__`.
  const text = `{${header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
  const json = new TextEncoder().encode(text);
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
