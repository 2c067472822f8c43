import { availableParallelism } from "node:os";
import { convert } from "../model/checkpoint/convert/convert.ts";
import { type ConvertedPrecision, RECIPES } from "../model/checkpoint/convert/recipes.ts";
import { floatCheckpoint } from "../model/checkpoint/gguf/float_checkpoint.ts";
import { packedCheckpoint } from "../model/checkpoint/gguf/packed_checkpoint.ts";
import { namedModel } from "../model/checkpoint/hub/named_model.ts";
import { ProgressDisplay } from "../model/checkpoint/hub/progress.ts";
import { type ModelFiles, openModelFiles } from "../model/checkpoint/open_model.ts";
import { parseSettings } from "../settings/parse.ts";

const USAGE = `deno task convert -- --model <folder|hub id> --precision ${Object.keys(RECIPES).join("|")}
deno task convert -- --model <x.gguf|hub id:x.gguf>                    packs its blocks, as --precision auto wants them
deno task convert -- --model <x.gguf|hub id:x.gguf> --precision f32    expands its blocks
Converts weights into the data folder without serving. --data <folder> names another, --threads <count> bounds the cores.`;

interface ConvertOptions {
  readonly dataFolder: string;
  readonly threads: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** What a model and a precision call for: a word for it, and the work. */
interface Conversion {
  readonly form: string;
  readonly run: (options: ConvertOptions) => Promise<unknown>;
}

async function main(): Promise<void> {
  const env = Deno.env.toObject();
  const settings = parseSettings(Deno.args.filter((argument) => argument !== "--"), env);
  if ("help" in settings) return console.log(USAGE);
  const { data, threads } = settings;
  if (settings.model === undefined) throw new Error(`which model?\n${USAGE}`);
  const display = new ProgressDisplay({
    write: (text) => Deno.stderr.writeSync(new TextEncoder().encode(text)),
    terminal: Deno.stderr.isTerminal(),
  });
  const { model, id } = await namedModel(settings.model, env, { onProgress: (progress) => display.update(progress) });
  display.end();
  const files = await openModelFiles(model, { ...(id === undefined ? {} : { id }), cacheFolder: data });
  const { form, run } = conversionOf(files, settings.precision);
  const began = performance.now();
  const file = `${(files.kind === "floats" ? files.checkpoint : files.gguf).id} ${form}`;
  let bytes = 0;
  await run({
    dataFolder: data,
    threads: threads ?? availableParallelism(),
    onProgress: (bytesDone, bytesTotal) => display.update({ file, bytesDone: bytes = bytesDone, bytesTotal }),
  });
  display.end();
  const seconds = (performance.now() - began) / 1000;
  const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
  console.log(bytes === 0 ? `${file}: converted before` : `${file}: converted in ${seconds.toFixed(1)} s, ${rate}`);
}

function conversionOf(files: ModelFiles, precision: string): Conversion {
  if (files.kind === "floats") {
    if (!isConverted(precision)) throw new Error(`a model of floats is converted to a precision:\n${USAGE}`);
    return { form: precision, run: (options) => convert(files.checkpoint, precision, options) };
  }
  if (precision === "auto") return { form: "gguf", run: (options) => packedCheckpoint(files.gguf, options) };
  if (precision === "f32") return { form: "gguf-f32", run: (options) => floatCheckpoint(files.gguf, options) };
  throw new Error(`${files.gguf.id} is quantised already (${files.gguf.type}): it is not quantised again\n${USAGE}`);
}

function isConverted(precision: string): precision is ConvertedPrecision {
  return Object.hasOwn(RECIPES, precision);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
