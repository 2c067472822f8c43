import { availableParallelism } from "node:os";
import { convert } from "../model/checkpoint/convert/convert.ts";
import { type ConvertedPrecision, RECIPES } from "../model/checkpoint/convert/recipes.ts";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import { namedModel } from "../model/checkpoint/hub/named_model.ts";
import { ProgressDisplay } from "../model/checkpoint/hub/progress.ts";
import { parseSettings } from "../settings/parse.ts";

/** `deno task convert -- --model <folder|hub id> --precision q16|q8|q4`: converts the weights without serving. */
async function main(): Promise<void> {
  const env = Deno.env.toObject();
  const settings = parseSettings(Deno.args, env);
  if ("help" in settings) return console.log(settings.help);
  const { precision, data, threads } = settings;
  if (settings.model === undefined || !isConverted(precision)) {
    throw new Error(`say which: --model <folder|hub id> --precision ${Object.keys(RECIPES).join("|")}`);
  }
  const display = new ProgressDisplay({
    write: (text) => Deno.stderr.writeSync(new TextEncoder().encode(text)),
    terminal: Deno.stderr.isTerminal(),
  });
  const { model, id } = await namedModel(settings.model, env, { onProgress: (progress) => display.update(progress) });
  display.end();
  const checkpoint = await openCheckpoint(model, { ...(id === undefined ? {} : { id }), cacheFolder: data });
  const began = performance.now();
  const file = `${checkpoint.id} ${precision}`;
  let bytes = 0;
  await convert(checkpoint, precision, {
    dataFolder: data,
    threads: threads ?? availableParallelism(),
    onProgress: (bytesDone, bytesTotal) => display.update({ file, bytesDone: bytes = bytesDone, bytesTotal }),
  });
  display.end();
  const seconds = (performance.now() - began) / 1000;
  const rate = `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
  console.log(bytes === 0 ? `${file}: converted before` : `${file}: converted in ${seconds.toFixed(1)} s, ${rate}`);
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
