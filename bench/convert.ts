import { fileURLToPath } from "node:url";
import packageFile from "../deno.json" with { type: "json" };
import { type Precision, PRECISIONS } from "../model/engine/precision.ts";
import { bytesOf, catSeconds, evict, weightFiles, withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import { highest } from "./process_memory.ts";
import { table } from "./table.ts";

/** Conversion of a checkpoint by `deno task convert`, in a process of its own, beside reading the same files once. */
export interface ConvertFigures {
  readonly model: string;
  readonly precision: Precision;
  readonly sourceBytes: number;
  readonly convertedBytes: number;
  /** As it says itself, without what comes before: opening, and the digest of a model that is new. */
  readonly seconds: number;
  /** From the start of the process to its end. */
  readonly wholeSeconds: number;
  readonly peakMb: number;
  /** `cat` of the checkpoint's files, nothing of them in the page cache. */
  readonly catColdSeconds: number;
  /** The same again. */
  readonly catWarmSeconds: number;
}

export interface ConvertOptions {
  readonly precisions: readonly Precision[];
  /** Keeps what is converted; left out, it goes after each. */
  readonly data: string | undefined;
}

const EVERY_MS = 50;

export async function* convertEach(
  model: BenchModel,
  { precisions, data }: ConvertOptions,
): AsyncGenerator<ConvertFigures> {
  const files = await weightFiles(model.folder);
  const sourceBytes = await bytesOf(files);
  for (const precision of PRECISIONS) {
    if (precision === "f32" || !precisions.includes(precision)) continue;
    await evict(files);
    const catColdSeconds = await catSeconds(files);
    const catWarmSeconds = await catSeconds(files);
    const run = await withData(data, (folder) => convertOnce(model, precision, folder));
    yield { model: model.name, precision, sourceBytes, catColdSeconds, catWarmSeconds, ...run };
  }
}

async function convertOnce(model: BenchModel, precision: Precision, data: string) {
  const [, ...flags] = packageFile.tasks.convert.command.split(" ");
  const before = await folderBytes(data);
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, "--model", model.folder, "--precision", precision, "--data", data],
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let peak = 0;
  const watch = setInterval(() => peak = Math.max(peak, highest(child.pid) || 0), EVERY_MS);
  const { success, stdout } = await child.output();
  clearInterval(watch);
  const said = new TextDecoder().decode(stdout);
  const seconds = Number(said.match(/converted in ([\d.]+) s/)?.[1]);
  if (!success || Number.isNaN(seconds)) throw new Error(`the conversion said: ${said}`);
  const wholeSeconds = (performance.now() - began) / 1000;
  return { seconds, wholeSeconds, peakMb: peak / 1e6, convertedBytes: await folderBytes(data) - before };
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    bytes += entry.isDirectory ? await folderBytes(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}

export function convertReport(figures: readonly ConvertFigures[]): string {
  const rate = (bytes: number, seconds: number) => (bytes / 1e6 / seconds).toFixed(0);
  return table(
    ["conversion", "source GB", "converted GB", "s", "MB/s", "with opening s", "peak MB", "cat MB/s", "cat again MB/s"],
    figures.map((run) => [
      `${run.model} ${run.precision}`,
      (run.sourceBytes / 1e9).toFixed(2),
      (run.convertedBytes / 1e9).toFixed(2),
      run.seconds.toFixed(1),
      rate(run.sourceBytes, run.seconds),
      run.wholeSeconds.toFixed(1),
      run.peakMb.toFixed(0),
      rate(run.sourceBytes, run.catColdSeconds),
      rate(run.sourceBytes, run.catWarmSeconds),
    ]),
  );
}
