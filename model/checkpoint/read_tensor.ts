import { basename } from "node:path";
import { openRegular, readExactly } from "./exact_read.ts";
import type { TensorSource } from "./tensor_source.ts";
import { widen } from "./widen.ts";

/**
 * All values of a tensor, row-major, widened to float32. Reads nothing else of the file.
 *
 * @throws {CheckpointError} rule `file` when the file has gone or ends too soon
 */
export async function readTensor(source: TensorSource): Promise<Float32Array<ArrayBuffer>> {
  const { file } = await openRegular(source.file);
  using _closed = file;
  const bytes = new Uint8Array(source.length);
  await readExactly(file, basename(source.file), source.offset, bytes);
  return widen(bytes, source.dtype);
}
