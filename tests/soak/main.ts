import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { startServiceProcess, untilReady } from "../../bench/service_process.ts";
import { F32_TOLERANCE } from "./compare_answers.ts";
import { curveText, growth, MemoryCurve } from "./memory_curve.ts";
import { askAlone, type Reference } from "./reference.ts";
import { requestPool } from "./request_pool.ts";
import { soak } from "./soak.ts";

const USAGE = `deno run -A tests/soak/main.ts [flags] [-- flags of the service]
Mixed requests for a long time: every answer against one computed alone, and the memory over time.
--minutes <n>      how long (30)
--model <folder>   a checkpoint (the demo)
--lens <file>      a lens file of it: read through, uploaded and deleted again and again
--longest <n>      tokens of the longest prompt (2048, or the model's context)
--pool <n>         different requests (150)
--clients <n>      requests in flight (6)
--seed <n>         of the pool and of the order (1)
--out <file>       figures and samples as JSON`;

const DEMO = fileURLToPath(new URL("../../demo", import.meta.url));

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "30" },
      model: { type: "string", default: `${DEMO}/model` },
      lens: { type: "string" },
      longest: { type: "string", default: "2048" },
      pool: { type: "string", default: "150" },
      clients: { type: "string", default: "6" },
      seed: { type: "string", default: "1" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE), true;
  const lens = values.lens ?? (values.model === `${DEMO}/model` ? `${DEMO}/lenses/tuned/params.pt` : undefined);
  const data = await Deno.makeTempDir({ prefix: "midstream-soak-" });
  const flags = [...(lens === undefined ? [] : ["--lens", `known=${lens}`]), ...positionals];
  try {
    await using service = await startServiceProcess(values.model, data, flags);
    await untilReady(service);
    const { url, pid } = service;
    const { vocabulary, context, layers } = await (await fetch(`${url}/model`)).json();
    const longest = Math.min(Number(values.longest), context);
    const lenses = lens === undefined ? [] : ["known"];
    const pool = requestPool(Number(values.pool), Number(values.seed), { vocabulary, layers, longest, lenses });
    const references: Reference[] = [];
    for (const request of pool) references.push(await askAlone(url, request));
    const alone = references.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    console.log(`${pool.length} references computed alone in ${alone.toFixed(0)} s`);
    using memory = new MemoryCurve(pid, 2);
    const counts = await soak({
      ...{ url, references, tolerance: F32_TOLERANCE, tell: (line) => console.log(line) },
      ...{ seconds: 60 * Number(values.minutes), clients: Number(values.clients), seed: Number(values.seed) },
      ...(lens === undefined ? {} : { upload: { file: lens, known: "known" } }),
    });
    const { samples } = memory;
    const [first, second] = [0.5, 0.75].map((share) => Math.floor(share * samples.length)) as [number, number];
    const quarters = [samples.slice(first, second), samples.slice(second)].map(growth);
    console.log(curveText(samples, Math.max(2, 60 * Number(values.minutes) / 30)));
    console.log(
      quarters.map(({ mostMb, mbPerMinute }, at) =>
        `${["third", "last"][at]} quarter: at most ${mostMb.toFixed(0)} MB, ${mbPerMinute.toFixed(2)} MB a minute`
      ).join("; "),
    );
    console.log(JSON.stringify(counts));
    if (values.out) await Deno.writeTextFile(values.out, JSON.stringify({ counts, quarters, samples }));
    return counts.wrong + counts.serverErrors + counts.failed === 0;
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main() ? 0 : 1);
