import { Buffer } from "node:buffer";
import { join } from "node:path";
import { rawPut } from "./raw_put.ts";
import { startServiceProcess, untilReady } from "./service_process.ts";
import { ServiceWatch, type Watched } from "./service_watch.ts";
import type { Shapes } from "./shapes.ts";

const MB = 1e6;
/** Llama-2-7B's width, depth and vocabulary: its lens has the published size. */
const SHAPE = "llama2-7b-thin";

/** Sizes in 10⁶ bytes, rates in 10⁶ bytes a second. */
export interface UploadFigures {
  readonly bytes: number;
  readonly uploads: readonly UploadRun[];
  readonly download: TransferFigures;
}

export interface TransferFigures {
  readonly seconds: number;
  readonly perSecond: number;
  /** Resident memory of the service's processes at most, above what it was before. */
  readonly growthMb: number;
  readonly idleMb: number;
  readonly slowestLivezMs: number;
  readonly livezAsked: number;
  readonly load: number;
}

export interface UploadRun extends TransferFigures {
  readonly sized: boolean;
  /** `dd conv=fsync` and then `sha256sum`, right before. */
  readonly ddSeconds: number;
  readonly sumSeconds: number;
  /** Their time over the upload's: 1 is as fast as both. */
  readonly share: number;
}

/** Uploads a lens of the published size with a length and without, and downloads it; throws where bytes differ. */
export async function upload(shapes: Shapes, scratch: string, tell: (line: string) => void): Promise<UploadFigures> {
  const model = await shapes.model(SHAPE);
  const file = join(await shapes.lens({ name: SHAPE, folder: model }), "params.pt");
  const { size } = await Deno.stat(file);
  await Deno.mkdir(scratch, { recursive: true });
  // The copy and the service's data lie on one disk.
  const folder = await Deno.makeTempDir({ dir: scratch, prefix: "upload-" });
  try {
    await using service = await startServiceProcess(model, join(folder, "data"));
    await untilReady(service);
    await service.post("/probe", { prompt: [1, 2, 3], layers: [0] });
    const url = `${service.url}/lenses/published`;
    const transfer = async <T>(work: () => Promise<T>) => {
      const watch = await ServiceWatch.start(service);
      const began = performance.now();
      try {
        const result = await work();
        const seconds = (performance.now() - began) / 1000;
        return { result, figures: figuresOf(size, seconds, await watch.end()) };
      } catch (error) {
        await watch.end();
        throw error;
      }
    };
    const uploads: UploadRun[] = [];
    for (const sized of [true, false]) {
      if (!sized) await remove(url);
      const disk = await diskTime(file, join(folder, "copy"));
      const { result, figures } = await transfer(() => rawPut(url, file, { sized }));
      const { sha256 } = result as { sha256: string };
      if (sha256 !== disk.sha256) throw new Error(`the service says SHA-256 ${sha256}, sha256sum ${disk.sha256}`);
      const { ddSeconds, sumSeconds } = disk;
      uploads.push({ ...figures, sized, ddSeconds, sumSeconds, share: (ddSeconds + sumSeconds) / figures.seconds });
      tell(`upload ${sized ? "with" : "without"} Content-Length ${figures.seconds.toFixed(1)} s`);
    }
    const { figures: download } = await transfer(() => compareDownload(`${url}/weights`, file));
    await remove(url);
    return { bytes: size, uploads, download };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function figuresOf(size: number, seconds: number, { idle, peak, slowestLivezMs, asked }: Watched): TransferFigures {
  return {
    seconds,
    perSecond: size / MB / seconds,
    growthMb: (peak - idle) / MB,
    idleMb: idle / MB,
    slowestLivezMs,
    livezAsked: asked,
    load: Deno.loadavg()[0]!,
  };
}

async function diskTime(from: string, to: string) {
  let began = performance.now();
  await output("dd", [`if=${from}`, `of=${to}`, "bs=1M", "conv=fsync"]);
  const ddSeconds = (performance.now() - began) / 1000;
  began = performance.now();
  const [sha256] = (await output("sha256sum", [to])).split(" ");
  const sumSeconds = (performance.now() - began) / 1000;
  await Deno.remove(to);
  return { ddSeconds, sumSeconds, sha256: sha256! };
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function remove(url: string): Promise<void> {
  const response = await fetch(url, { method: "DELETE" });
  if (response.status !== 204) throw new Error(`DELETE answered ${response.status}: ${await response.text()}`);
}

async function compareDownload(url: string, path: string): Promise<void> {
  using file = await Deno.open(path);
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  let at = 0;
  for await (const chunk of response.body!) {
    const expected = new Uint8Array(chunk.length);
    for (let filled = 0; filled < expected.length;) {
      const read = await file.read(expected.subarray(filled));
      if (read === null) throw new Error(`more than the file's ${at + filled} bytes were downloaded`);
      filled += read;
    }
    if (!Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).equals(expected)) {
      throw new Error(`the download differs within the ${chunk.length} bytes from ${at}`);
    }
    at += chunk.length;
  }
  const { size } = await file.stat();
  if (at !== size) throw new Error(`${at} bytes of ${size} were downloaded`);
}
