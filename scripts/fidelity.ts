import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import type { ConvertedPrecision } from "../model/checkpoint/convert/recipes.ts";
import { openTokenizer } from "../model/tokenizer.ts";
import { measureFidelity, type PrecisionFidelity } from "./fidelity/measure.ts";
import { takePrompts } from "./fidelity/prompts.ts";

const USAGE = `deno task fidelity -- --model [<name>=]<folder>… --corpus <file> [--out <folder>]
What q16, q8 and q4 do to the read-outs: mean KL to float32, top-1 agreement and mean rank of float32's likeliest token,
per layer and site. The corpus is plain text, a JSON array of texts, or {"texts": […]}.
--positions <n>    at least so many (2000)
--tokens <n>       of a prompt at most (256)
--every <n>        states other than the output at every so manieth position (1)
--precisions <…>   separated by commas (q16,q8,q4)
--data <folder>    where converted weights lie (a temporary folder)`;

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
      precisions: { type: "string", default: "q16,q8,q4" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help || values.model.length === 0 || values.corpus === undefined) return console.log(USAGE);
  const corpus = await Deno.readTextFile(values.corpus);
  const dataFolder = values.data ?? await Deno.makeTempDir({ prefix: "midstream-fidelity-" });
  try {
    for (const named of values.model) {
      const [, name, model] = /^(?:([^/=]+)=)?(.+)$/.exec(named) as unknown as [string, string | undefined, string];
      const options = { cacheFolder: dataFolder, ...(name === undefined ? {} : { id: name }) };
      const { id, digest, config } = await openCheckpoint(model, options);
      const tokenizer = await openTokenizer(model, config.vocabulary);
      if ("unavailable" in tokenizer) throw new Error(`${id}: ${tokenizer.unavailable}`);
      const longest = Math.min(Number(values.tokens), config.context);
      const prompts = takePrompts(corpus, (text) => tokenizer.encode(text, true), Number(values.positions), longest);
      const precisions = await measureFidelity({
        model,
        dataFolder,
        threads: availableParallelism(),
        precisions: values.precisions.split(",") as ConvertedPrecision[],
        prompts,
        every: Number(values.every),
        write: (text) => console.error(text.trimEnd()),
      });
      print(id, precisions);
      if (values.out === undefined) continue;
      await Deno.mkdir(values.out, { recursive: true });
      const json = { model: id, digest, prompts: prompts.length, precisions };
      await Deno.writeTextFile(`${values.out}/${id.replaceAll("/", "--")}.json`, JSON.stringify(json, null, 1) + "\n");
    }
  } finally {
    if (values.data === undefined) await Deno.remove(dataFolder, { recursive: true });
  }
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

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
