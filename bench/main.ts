import { clients } from "./clients.ts";
import { cold } from "./cold.ts";
import { benchHead, headReport } from "./head.ts";
import { combinedReport, tunedReport, uploadReport } from "./lens_report.ts";
import { LARGE_SECTIONS } from "./large_sections.ts";
import { machine } from "./machine.ts";
import { canMeasureMemory, loaded, streams } from "./memory.ts";
import { type BenchOptions, BenchOptionsError, DEMO, HELP, parseBenchOptions, type Section } from "./options.ts";
import { overhead } from "./overhead.ts";
import { Peers } from "./peer_runs.ts";
import { clientsReport, coldReport, loadedReport, overheadReport, speedReport, streamsReport } from "./report.ts";
import { Results, type Run } from "./results.ts";
import { Shapes } from "./shapes.ts";
import { speed, type SpeedFigures } from "./speed.ts";
import { combined, tuned } from "./tuned.ts";
import { upload } from "./upload.ts";

/** Lengths of the streams whose peaks are compared. */
const STREAM_TOKENS = [2048, 4096];

async function main(): Promise<void> {
  const options = readOptions();
  const results = new Results(options.out);
  const before = machine();
  results.add("machine", before);
  console.log(`${before.cpu}, ${before.cores} cores, ${before.memoryGb} GiB, load ${loadText(before.load)}\n`);
  const peers = await findPeers(options);
  for (const [section, run] of Object.entries(SECTIONS)) {
    if (!options.sections.has(section as Section)) continue;
    try {
      await run(options, peers, results);
    } catch (error) {
      console.log(`${section} failed: ${error instanceof Error ? error.stack : error}\n`);
      results.add("failed", { section, error: String(error) });
    }
  }
  console.log(`load at the end ${loadText(Deno.loadavg())}; figures in ${options.out}`);
}

const SECTIONS: Readonly<Record<Section, Run>> = {
  async speed(options, peers, results) {
    const found = (figures: SpeedFigures) => {
      results.add("speed", figures);
      console.log(speedReport(figures));
    };
    for (const model of options.models) await speed(model, { ...options, peers, tell: console.error, found });
  },
  async overhead(options, _, results) {
    const figures = await overhead(DEMO.folder, options.reps);
    results.add("overhead", figures);
    console.log(overheadReport(figures) + "\n");
  },
  async clients(options, _, results) {
    const figures = await clients(DEMO.folder, options.quick ? 3 : 10);
    results.add("clients", figures);
    console.log(clientsReport(figures) + "\n");
  },
  async cold(options, peers, results) {
    const figures = [];
    for (const model of options.models) figures.push(await cold(model, { ...options, peers }));
    results.add("cold", figures);
    console.log(coldReport(figures) + "\n");
  },
  async memory(options, _, results) {
    if (!canMeasureMemory) return console.log("memory skipped: it is read from Linux's /proc\n");
    const models = [];
    for (const model of options.models) models.push(await loaded(model));
    const streamed = await streams(STREAM_TOKENS);
    results.add("memory", { loaded: models, streams: streamed });
    console.log(`${loadedReport(models)}\n\n${streamsReport(streamed)}\n`);
  },
  async head(_options, _peers, results) {
    const figures = await benchHead({ threads: navigator.hardwareConcurrency });
    results.add("head", figures);
    console.log(headReport(figures) + "\n");
  },
  async w3(options, peers, results) {
    const together = await combined(options.reps);
    results.add("combined", together);
    console.log(combinedReport(together) + "\n");
    if (peers === undefined) return;
    const shapes = new Shapes(options);
    for (const model of options.models) {
      const figures = await tuned(model, { ...options, peers, shapes, tell: console.error });
      results.add("w3", figures);
      console.log(tunedReport(figures));
    }
  },
  async upload(options, peers, results) {
    if (!canMeasureMemory) return console.log("upload skipped: memory is read from Linux's /proc\n");
    if (peers === undefined) return console.log("upload skipped: its lens is made by the peers' scripts\n");
    const figures = await upload(new Shapes(options), options.shapes, console.error);
    results.add("upload", figures);
    console.log(uploadReport(figures) + "\n");
  },
  ...LARGE_SECTIONS,
};

function readOptions(): BenchOptions {
  try {
    const options = parseBenchOptions(Deno.args);
    if (!options.help) return options;
    console.log(HELP);
    Deno.exit(0);
  } catch (error) {
    if (!(error instanceof BenchOptionsError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}

async function findPeers({ python, peers: folder, reps, waitIdle, quick }: BenchOptions): Promise<Peers | undefined> {
  const peers = new Peers({ python, folder, reps, waitIdle });
  const why = quick ? "--quick" : await peers.absent();
  if (why === undefined) return peers;
  console.log(`skipped the peers seed, seed-last, tunedlens-stats, best, best-onednn, best-noshare, forward: ${why}\n`);
  return undefined;
}

const loadText = (load: readonly number[]) => load.map((value) => value.toFixed(2)).join(" ");

if (import.meta.main) await main();
