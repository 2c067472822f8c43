import { bytesOf, catSeconds, evict, weightFiles, withData } from "./converted_data.ts";
import type { BenchModel } from "./options.ts";
import { highestTree } from "./process_memory.ts";
import { startServiceProcess, untilReady } from "./service_process.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";
import { lcgIds, probeRequests } from "./workloads.ts";

/** --precision f32 --stream-weights. Seconds, medians. */
export interface StreamingFigures {
  readonly model: string;
  readonly sourceBytes: number;
  /** `cat` of the files, nothing of them in the page cache. */
  readonly catSeconds: number;
  readonly readySeconds: number;
  readonly tokens: number;
  readonly oneSeconds: readonly number[];
  /** Four different prompts, asked together. */
  readonly fourSeconds: readonly number[];
  readonly peakMb: number;
}

export interface StreamingOptions {
  readonly data: string | undefined;
  readonly reps: number;
  readonly tell: (line: string) => void;
}

const TOKENS = 16;
const TOGETHER = 4;

/** A probe's time is that of a pass: the file, as far as it does not fit into the page cache, is read anew each time. */
export function streaming(model: BenchModel, { data, reps, tell }: StreamingOptions): Promise<StreamingFigures> {
  return withData(data, async (folder) => {
    const files = await weightFiles(model.folder);
    await evict(files);
    const once = await catSeconds(files);
    tell(`${model.name}: cat ${once.toFixed(1)} s`);
    const began = performance.now();
    await using service = await startServiceProcess(model.folder, folder, ["--precision", "f32", "--stream-weights"]);
    await untilReady(service, 1800);
    const readySeconds = (performance.now() - began) / 1000;
    const { vocabulary } = await (await fetch(`${service.url}/model`)).json();
    const prompts = Array.from({ length: TOGETHER }, (_, seed) => lcgIds(TOKENS, vocabulary, seed + 1));
    const requests = probeRequests({ name: "W1", prompts });
    const timed = async (count: number) => {
      await evict(files);
      const start = performance.now();
      await Promise.all(requests.slice(0, count).map((request) => service.post("/probe", request)));
      const seconds = (performance.now() - start) / 1000;
      tell(`${model.name}: ${count} together ${seconds.toFixed(1)} s`);
      return seconds;
    };
    const [oneSeconds, fourSeconds]: [number[], number[]] = [[], []];
    for (let rep = 0; rep < reps; rep++) {
      oneSeconds.push(await timed(1));
      fourSeconds.push(await timed(TOGETHER));
    }
    const peakMb = highestTree(service.pid) / 1e6;
    const sourceBytes = await bytesOf(files);
    return {
      ...{ model: model.name, sourceBytes, catSeconds: once, readySeconds, tokens: TOKENS },
      ...{ oneSeconds, fourSeconds, peakMb },
    };
  });
}

export function streamingReport(figures: readonly StreamingFigures[]): string {
  return table(
    ["streamed f32", "GB", "cat s", "MB/s", "one probe s", "/ cat", "four together s", "/ one", "peak MB (mapped too)"],
    figures.map(({ model, sourceBytes, catSeconds: once, oneSeconds, fourSeconds, peakMb }) => {
      const [one, four] = [median(oneSeconds), median(fourSeconds)];
      return [
        model,
        (sourceBytes / 1e9).toFixed(1),
        once.toFixed(1),
        (sourceBytes / 1e6 / once).toFixed(0),
        one.toFixed(1),
        (one / once).toFixed(2),
        four.toFixed(1),
        (four / one).toFixed(2),
        peakMb.toFixed(0),
      ];
    }),
  );
}
