import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { FORMAT } from "../model/checkpoint/convert/recipes.ts";
import { namedModel } from "../model/checkpoint/hub/named_model.ts";
import {
  fidelityFolder,
  type FidelityRecord,
  MEASURED_PRECISIONS,
  type MeasuredPrecision,
  type PrecisionFidelity,
  readFidelity,
} from "../model/engine/fidelity.ts";
import { openWeightSource } from "../model/engine/weight_source.ts";
import { openModelTokenizer } from "../model/tokenizer_open.ts";
import { parseSettings } from "../settings/parse.ts";
import { measureFidelity } from "./fidelity/measure.ts";
import { takePrompts } from "./fidelity/prompts.ts";

const USAGE = `deno task fidelity -- --model [<name>=]<folder|x.gguf|hub id>… --corpus <file>
What a precision does to the read-outs of a model: mean KL to float32, top-1 agreement and mean rank of float32's
likeliest token, per layer and site. GET /model shows it from the next start on. The corpus is plain text, a JSON array of
texts, or {"texts": […]}.
--positions <n>    at least so many, of every state (2000)
--tokens <n>       of a prompt at most (256)
--every <n>        states other than the output at every so manieth position (1)
--precisions <…>   separated by commas (q16,q8,q4; of a GGUF its own blocks, gguf)
--data <folder>    the data folder: converted weights, and the figures
--out <folder>     where the figures go instead`;

interface Order {
  readonly corpusFile: string;
  readonly data: string;
  readonly out: string | undefined;
  readonly positions: number;
  readonly tokens: number;
  readonly every: number;
  readonly precisions: readonly MeasuredPrecision[] | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args.filter((argument) => argument !== "--"),
    options: {
      model: { type: "string", multiple: true, default: [] },
      corpus: { type: "string" },
      out: { type: "string" },
      data: { type: "string" },
      positions: { type: "string", default: "2000" },
      tokens: { type: "string", default: "256" },
      every: { type: "string", default: "1" },
      precisions: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.model.length === 0 || values.corpus === undefined) return console.log(USAGE);
  const settings = parseSettings(values.data === undefined ? [] : ["--data", values.data], Deno.env.toObject());
  if ("help" in settings) return console.log(USAGE);
  const order: Order = {
    corpusFile: values.corpus,
    data: settings.data,
    out: values.out,
    positions: wholeNumber("--positions", values.positions),
    tokens: wholeNumber("--tokens", values.tokens),
    every: wholeNumber("--every", values.every),
    precisions: values.precisions?.split(",").map(measured),
  };
  for (const model of values.model) await measure(model, order);
}

async function measure(named: string, { corpusFile, data, out, precisions, ...order }: Order): Promise<void> {
  const [, name, model] = /^(?:([^/=]+)=)?(.+)$/.exec(named) as unknown as [string, string | undefined, string];
  const found = await namedModel(model, Deno.env.toObject());
  const opened = { ...found, ...(name === undefined ? {} : { id: name }), cacheFolder: data };
  const source = await openWeightSource({ ...opened, precision: "auto" });
  const { id, digest, config } = source.model;
  const wanted = precisions ?? (source.quantised ? ["gguf"] : ["q16", "q8", "q4"]);
  if (wanted.some((precision) => (precision === "gguf") !== source.quantised)) {
    throw new Error(`${id}: ${source.quantised ? "its blocks are its one precision, gguf" : "gguf is of GGUF files"}`);
  }
  const tokenizer = await openModelTokenizer(found.model, config.vocabulary);
  if ("unavailable" in tokenizer) throw new Error(`${id}: ${tokenizer.unavailable}`);
  const longest = Math.min(order.tokens, config.context);
  const corpus = await Deno.readTextFile(corpusFile);
  const prompts = takePrompts(corpus, (text) => tokenizer.encode(text, true), order.positions, longest);
  const figures = await measureFidelity({
    source,
    dataFolder: data,
    threads: availableParallelism(),
    precisions: wanted,
    prompts,
    every: order.every,
    write: (text) => console.error(text.trimEnd()),
  });
  print(id, figures);
  const folder = out ?? fidelityFolder(data);
  const file = join(folder, out === undefined ? `${digest.replace("sha256:", "")}.json` : fileName(id));
  await Deno.mkdir(folder, { recursive: true });
  const record = { model: id, digest, format: FORMAT, corpus: basename(corpusFile), prompts: prompts.length };
  await write(file, { ...record, precisions: figures });
}

/** Other precisions of the same measurement stay. */
async function write(file: string, record: FidelityRecord): Promise<void> {
  const { precisions, ...what } = record;
  const { precisions: before = [], ...whatBefore } = await readFidelity(file) ?? {};
  const same = JSON.stringify(what) === JSON.stringify(whatBefore);
  const all = [
    ...precisions,
    ...before.filter((one) => same && !precisions.some((it) => it.precision === one.precision)),
  ];
  const order = ({ precision }: PrecisionFidelity) => MEASURED_PRECISIONS.indexOf(precision);
  const sorted = all.sort((a, b) => order(a) - order(b));
  const temporary = `${file}.tmp`;
  await Deno.writeTextFile(temporary, JSON.stringify({ ...what, precisions: sorted }, null, 2) + "\n");
  await Deno.rename(temporary, file);
}

function fileName(id: string): string {
  return `${id.replaceAll(/[/:]/g, "--")}.json`;
}

function print(id: string, precisions: readonly PrecisionFidelity[]): void {
  console.log(`${id}: read-outs against float32`);
  for (const { precision, output, states } of precisions) {
    const worst = states.reduce((most, state) => state.kl > most.kl ? state : most);
    console.log(
      `${precision.padEnd(4)} output: mean KL ${output.kl.toExponential(2)} nats, top-1 ` +
        `${(100 * output.top1Agreement).toFixed(2)} %, mean rank ${output.meanRank.toFixed(3)}, ` +
        `${output.positions} positions; worst state ${worst.state} ${worst.kl.toExponential(2)}`,
    );
  }
}

function wholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${flag} needs a whole number`);
  return Number(text);
}

function measured(text: string): MeasuredPrecision {
  const found = MEASURED_PRECISIONS.find((one) => one === text);
  if (found === undefined) throw new Error(`--precisions takes ${MEASURED_PRECISIONS.join(", ")}`);
  return found;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
