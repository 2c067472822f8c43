import { beside, type BesideFigures } from "./beside.ts";
import { besideReport } from "./beside_report.ts";
import { chosen } from "./chosen.ts";
import { convertEach, type ConvertFigures, convertReport } from "./convert.ts";
import { hangups, hangupsReport } from "./hangups.ts";
import { lensCost, type LensCostFigures, lensCostReport } from "./lens_cost.ts";
import { long, type LongFigures, longReport } from "./long.ts";
import type { BenchModel, BenchOptions, Section } from "./options.ts";
import { Peers } from "./peer_runs.ts";
import { prefix, type PrefixFigures, prefixReport } from "./prefix.ts";
import type { Run } from "./results.ts";
import { Shapes } from "./shapes.ts";
import { streaming, type StreamingFigures, streamingReport } from "./streaming.ts";
import { whole } from "./whole.ts";
import { wholeReport } from "./whole_report.ts";

/** Hang-ups of a model. */
const HANG_UPS = 100;
/** Room that `auto` is to leave: a tuned lens of Llama-2-7B in float32. */
const LENS_MEMORY = "2049MiB";

const tell = (line: string) => console.error(line);

/** Models besides the demo, which is too small to say anything of, and each precision asked for. */
function* cases({ models, precisions }: BenchOptions) {
  for (const model of models.slice(1)) for (const precision of precisions) yield { model, precision };
}

const large = ({ models }: BenchOptions): readonly BenchModel[] => models.slice(1);

/** What is measured of models that are named: they say nothing where none is. */
export const LARGE_SECTIONS = {
  async convert(options, _, results) {
    const figures: ConvertFigures[] = [];
    for (const model of large(options)) {
      for await (const run of convertEach(model, options)) {
        figures.push(run);
        results.add("convert", run);
      }
    }
    if (figures.length > 0) console.log(convertReport(figures) + "\n");
  },
  async chosen(options, _, results) {
    for (const model of large(options)) {
      const said = await chosen(model, options.data, LENS_MEMORY);
      results.add("chosen", { model: model.name, lensMemory: LENS_MEMORY, said });
      console.log(`${model.name}, --lens-memory ${LENS_MEMORY}: ${said}\n`);
    }
  },
  async whole(options, _, results) {
    for (const { model, precision } of cases(options)) {
      const figures = await whole(model, { ...options, precision, tell });
      results.add("whole", figures);
      console.log(wholeReport(figures));
    }
  },
  async lenscost(options, _, results) {
    const figures: LensCostFigures[] = [];
    const shapes = new Shapes(options);
    for (const { model, precision } of cases(options)) {
      figures.push(...await lensCost(model, { ...options, precision, lens: await shapes.lens(model) }));
    }
    results.add("lenscost", figures);
    if (figures.length > 0) console.log(lensCostReport(figures) + "\n");
  },
  async long(options, _, results) {
    const figures: LongFigures[] = [];
    for (const { model, precision } of cases(options)) figures.push(await long(model, precision, options.data));
    results.add("long", figures);
    if (figures.length > 0) console.log(longReport(figures) + "\n");
  },
  async prefix(options, _, results) {
    const figures: PrefixFigures[] = [];
    for (const { model, precision } of cases(options)) {
      const found = await prefix(model, { ...options, precision });
      figures.push(...found);
      results.add("prefix", found);
      tell(prefixReport(found));
    }
    if (figures.length > 0) console.log(prefixReport(figures) + "\n");
  },
  async hangups(options, _, results) {
    for (const { model, precision } of cases(options)) {
      const figures = await hangups(model, { ...options, precision, count: HANG_UPS });
      results.add("hangups", figures);
      console.log(hangupsReport(figures));
    }
  },
  async beside(options, peers, results) {
    if (peers === undefined) return;
    const { otherPython: python, bf16, corpora } = options;
    const otherPeers = python === undefined ? undefined : new Peers({ ...options, python, folder: options.peers });
    const all: BesideFigures[] = [];
    for (const model of large(options)) {
      const own = { bf16: bf16.get(model.name), corpus: corpora.get(model.name), shapes: new Shapes(options) };
      await beside(model, { ...options, ...own, peers, otherPeers, tell }, (figures) => {
        all.push(figures);
        results.add("beside", figures);
      });
    }
    if (all.length > 0) console.log(besideReport(all));
  },
  async streaming(options, _, results) {
    const figures: StreamingFigures[] = [];
    for (const model of large(options)) figures.push(await streaming(model, { ...options, tell }));
    results.add("streaming", figures);
    if (figures.length > 0) console.log(streamingReport(figures) + "\n");
  },
} satisfies Partial<Record<Section, Run>>;
