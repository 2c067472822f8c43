import { LensFileError, shown } from "./lens_file_error.ts";
import { type NamedTensors, rowMajor } from "./safetensors_file.ts";
import { readBytes, type Source } from "./source.ts";
import { BYTES_OF_LENS, elementCount, type LensDType, type StridedTensor, stridedTensor } from "./strided_tensor.ts";
import type { ZipRecord } from "./zip_directory.ts";

/** A header of numpy is 128 bytes. */
const MAX_HEADER_BYTES = 4_096;
/** `\x93NUMPY`. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const DTYPES: Readonly<Record<string, LensDType>> = { "<f4": "F32", "<f2": "F16", "<f8": "F64" };

/** Is every record an array of numpy's? */
export function isNpz(records: readonly ZipRecord[]): boolean {
  return records.length > 0 && records.every(({ name }) => name.endsWith(".npy") && !name.includes("/"));
}

/**
 * The arrays of an `.npz`, by their names without `.npy`.
 *
 * @throws {LensFileError} rules `npy.header`, `tensor.*`
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function readNpz(source: Source, records: readonly ZipRecord[]): Promise<NamedTensors> {
  const tensors = new Map<string, StridedTensor>();
  for (const record of records) {
    const name = record.name.slice(0, -".npy".length);
    tensors.set(name, await readNpy(source, record, name));
  }
  return { tensors, metadata: {}, regions: records };
}

async function readNpy(source: Source, record: ZipRecord, name: string): Promise<StridedTensor> {
  const fault = (reason: string) => new LensFileError("npy.header", `record \`${shown(record.name)}\`: ${reason}`);
  const bytes = await readBytes(source, record.offset, Math.min(record.length, MAX_HEADER_BYTES));
  const view = new DataView(bytes.buffer);
  const version = bytes[6] ?? 0;
  const isNumpy = bytes.length >= 12 && MAGIC.every((byte, at) => bytes[at] === byte) && version >= 1 && version <= 3;
  if (!isNumpy) {
    throw fault("not a numpy array of format 1, 2 or 3");
  }
  const textStart = version === 1 ? 10 : 12;
  const dataStart = textStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart > bytes.length) throw fault(`its header ends at byte ${dataStart}; ${bytes.length} bytes are read`);
  const text = new TextDecoder("latin1").decode(bytes.subarray(textStart, dataStart)).trimEnd();
  const { descr, fortran, shape } = parseHeader(text) ?? (() => {
    throw fault(`its header \`${shown(text)}\` is not {'descr', 'fortran_order', 'shape'}`);
  })();
  const dtype = Object.hasOwn(DTYPES, descr) ? DTYPES[descr] : undefined;
  if (dtype === undefined) {
    throw new LensFileError(
      "tensor.dtype",
      `array \`${shown(name)}\` has the dtype ${shown(descr)}; <f4, <f2 and <f8 are read`,
    );
  }
  const width = BYTES_OF_LENS[dtype];
  if (dataStart % width !== 0) throw fault(`its numbers begin at byte ${dataStart}, which is no multiple of ${width}`);
  const strides = fortran ? rowMajor(shape.toReversed()).reverse() : rowMajor(shape);
  const tensor = stridedTensor({ name, dtype, shape, strides, start: dataStart / width, region: record });
  const end = dataStart + elementCount(tensor) * width;
  if (end !== record.length) throw fault(`its numbers end at byte ${end}, the record at ${record.length}`);
  return tensor;
}

/** The Python literal that numpy writes, keys in any order. */
function parseHeader(text: string): { descr: string; fortran: boolean; shape: number[] } | null {
  const item = String.raw`'(?:descr)': '[^']{1,16}'|'fortran_order': (?:True|False)|'shape': \([0-9, ]{0,64}\)`;
  if (!new RegExp(`^\\{(?:${item})(?:, (?:${item})){2},? ?\\}$`).test(text)) return null;
  const descr = /'descr': '([^']+)'/.exec(text)?.[1];
  const fortran = /'fortran_order': (True|False)/.exec(text)?.[1];
  const sizes = /'shape': \(([0-9, ]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || sizes === undefined) return null;
  const shape = sizes.split(",").map((size) => size.trim()).filter((size) => size !== "").map(Number);
  return { descr, fortran: fortran === "True", shape };
}
