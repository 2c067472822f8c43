import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { convert } from "../checkpoint/convert/convert.ts";
import { openConverted } from "../checkpoint/convert/open_converted.ts";
import { ProgressDisplay } from "../checkpoint/hub/progress.ts";
import type { ByteKernel } from "../checkpoint/matrix.ts";
import { exactByteKernel } from "./byte_kernel.ts";
import { chooseKernels } from "./kernels/choose_kernels.ts";
import { describeKernels } from "./kernels/kernel_table.ts";
import type { Precision } from "./precision.ts";

export interface LoadWeightsOptions {
  readonly threads: number;
  /** Folder of converted weights; f32 needs none. */
  readonly dataFolder: string | undefined;
  /** Takes the place of the proof which product of bytes is exact, and of timing kernels. */
  readonly byteKernel?: ByteKernel;
  /** A line of progress for people, ended by a newline. */
  readonly write: (text: string) => void;
}

/**
 * The checkpoint as its graphs multiply it: itself in f32, else its converted weights, which are made at the first time.
 *
 * @throws {ConversionError} where they cannot be written
 */
export async function loadWeights(
  checkpoint: Checkpoint,
  precision: Precision,
  { threads, dataFolder, byteKernel, write }: LoadWeightsOptions,
): Promise<Checkpoint> {
  if (precision === "f32") return checkpoint;
  if (dataFolder === undefined) throw new TypeError(`${precision} needs a folder for converted weights`);
  const display = new ProgressDisplay({ write, terminal: false });
  const file = `converting ${checkpoint.id} to ${precision}`;
  const folder = await convert(checkpoint, precision, {
    dataFolder,
    threads,
    onProgress: (bytesDone, bytesTotal) => display.update({ file, bytesDone, bytesTotal }),
  });
  display.end();
  if (byteKernel !== undefined) return await openConverted(checkpoint, precision, folder, `${byteKernel}-stacked`);
  const bytes = await exactByteKernel(threads);
  const converted = await openConverted(checkpoint, precision, folder, `${bytes}-stacked`);
  return await chooseKernels(converted, {
    threads,
    // Unsigned products never saturate.
    exact: bytes === "u8s8" ? ["u8s8", "u8u8"] : ["u8u8"],
    dataFolder,
    onTable: (table, timed) => {
      for (const line of describeKernels(table)) write(`kernel ${timed ? "timed" : "remembered"}: ${line}\n`);
    },
  });
}
