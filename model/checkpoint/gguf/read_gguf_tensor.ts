import { basename } from "node:path";
import { openRegular, readExactly } from "../exact_read.ts";
import { dequantise } from "./dequantise.ts";
import type { GgufTensor } from "./header.ts";

/**
 * All values of a tensor of a GGUF file, row-major, as float32, exactly. Reads nothing else of the file.
 *
 * @throws {CheckpointError} rule `file` when the file has gone or ends too soon
 */
export async function readGgufTensor(path: string, tensor: GgufTensor): Promise<Float32Array<ArrayBuffer>> {
  const { file } = await openRegular(path);
  using _closed = file;
  const bytes = new Uint8Array(tensor.length);
  await readExactly(file, basename(path), tensor.offset, bytes);
  return dequantise(bytes, tensor.type);
}
