import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Checkpoint } from "../model/checkpoint/checkpoint.ts";
import { openRegular, readExactly } from "../model/checkpoint/exact_read.ts";
import { BYTES_OF, type TensorSource } from "../model/checkpoint/tensor_source.ts";
import { widen } from "../model/checkpoint/widen.ts";
import { numpyFloats } from "./numpy_floats.ts";

/** numpy prints this many elements of each end of a dimension, and "..." between them. */
const EDGE = 3;
/** numpy prints an array of so few elements whole. */
const SUMMARISED_ABOVE = 1000;

/**
 * tuned-lens' `unembed_hash`: sha256 of what numpy prints of the unembedding in float32 at one decimal, which is its four
 * 3 × 3 corners. Reads those 36 numbers and nothing else. Base and chat models share it.
 *
 * @returns 64 hexadecimal digits; null for an unembedding that numpy would print otherwise (1,000 elements or fewer, or
 *   a corner that is no finite number)
 * @throws {CheckpointError} rule `file` when the file has gone or ends too soon
 * @see https://github.com/AlignmentResearch/tuned-lens/blob/main/tuned_lens/utils.py (tensor_hash)
 */
export async function unembedHash({ tensors }: Pick<Checkpoint, "tensors">): Promise<string | null> {
  const unembedding = tensors.get("lm_head.weight") ?? tensors.get("model.embed_tokens.weight");
  if (unembedding === undefined) return null;
  const [rows = 0, columns = 0] = unembedding.shape;
  if (rows * columns <= SUMMARISED_ABOVE) return null;
  const corners = await readCorners(unembedding, ends(rows), ends(columns));
  if (!corners.every((row) => row.every(Number.isFinite))) return null;
  const text = printed(corners, rows > 2 * EDGE, columns > 2 * EDGE);
  return createHash("sha256").update(text).digest("hex");
}

function ends(size: number): number[] {
  const all = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
  return size > 2 * EDGE ? [...all(0, EDGE), ...all(size - EDGE, size)] : all(0, size);
}

/** [rows, columns] of a matrix, one read for each run of columns. */
async function readCorners(tensor: TensorSource, rows: number[], columns: number[]): Promise<number[][]> {
  const { dtype, shape, offset } = tensor;
  const width = shape[1]!;
  const size = BYTES_OF[dtype];
  const runs = columns.length > EDGE ? [columns.slice(0, EDGE), columns.slice(EDGE)] : [columns];
  const { file } = await openRegular(tensor.file);
  using _closed = file;
  const found: number[][] = [];
  for (const row of rows) {
    const values: number[] = [];
    for (const run of runs) {
      const bytes = new Uint8Array(run.length * size);
      await readExactly(file, basename(tensor.file), offset + (row * width + run[0]!) * size, bytes);
      values.push(...widen(bytes, dtype));
    }
    found.push(values);
  }
  return found;
}

/** numpy's array_str of the whole, of which these are the ends. */
function printed(corners: readonly number[][], rowsCut: boolean, columnsCut: boolean): string {
  const words = numpyFloats(corners.flat());
  const width = corners[0]!.length;
  const lines = corners.map((_, row) => {
    const line = words.slice(row * width, (row + 1) * width);
    if (columnsCut) line.splice(EDGE, 0, "...");
    return `[${line.join(" ")}]`;
  });
  if (rowsCut) lines.splice(EDGE, 0, "...");
  return `[${lines.join("\n ")}]`;
}
