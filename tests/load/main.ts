/**
 * How fair the service is: `deno run -A tests/load/main.ts --model <folder> [--seconds 30] [--job 10000]`. One key floods, another
 * asks one light probe at a time; two keys ask the same; a job runs beside a light probe. Prints a table.
 */
import { parseArgs } from "node:util";
import { freshPrompt, keepsPromise, Load, type Times, timesOf } from "./fairness.ts";
import { keyedService } from "./keyed_service.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    seconds: { type: "string", default: "30" },
    job: { type: "string", default: "10000" },
  },
});
const seconds = Number(values.seconds);

await using keyed = await keyedService(
  { heavy: "read", light: "read", twin: "read" },
  values.model === undefined ? [] : ["--model", values.model],
);
const { vocabulary } = await keyed.service.service.ready;
const light = (turn: number) => ({ prompt: freshPrompt(16, turn, vocabulary), top_k: 5 });
const heavy = (turn: number) => ({ prompt: freshPrompt(256, turn + 7, vocabulary), positions: "all", top_k: 1 });
// Short enough that many are answered meanwhile.
const equal = (turn: number) => ({ prompt: freshPrompt(32, turn + 7, vocabulary), positions: "all", top_k: 1 });
const line = (name: string, times: Times, alone?: Times) =>
  console.log(
    `${name.padEnd(34)} median ${times.medianMs.toFixed(0).padStart(6)} ms   worst ${
      times.worstMs.toFixed(0).padStart(6)
    } ms` +
      (alone ? `   ${keepsPromise(alone, times) ? "kept" : "BROKEN"}` : ""),
  );

await timesOf(keyed, "light", light, 5);
const alone = await timesOf(keyed, "light", light, 40);
line("light probe alone", alone);

{
  const flood = new Load(keyed, "heavy", "/probe", heavy, 64);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  line("beside 64 heavy ones of another key", await timesOf(keyed, "light", (turn) => light(turn + 100), 40), alone);
  await flood.stop();
}
{
  const loads = ["heavy", "twin"].map((key, at) => new Load(keyed, key, "/probe", (turn) => equal(turn + at * 500), 4));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const [a, b] = loads.map(({ rows }) => rows) as [number, number];
  console.log(
    `${"equal load of two keys".padEnd(34)} ${a} and ${b} rows: ${
      (100 * Math.abs(a - b) / Math.max(a, b)).toFixed(1)
    } % apart`,
  );
  await Promise.all(loads.map((load) => load.stop()));
}
if (Number(values.job) > 0) {
  const prompts = Array.from({ length: Number(values.job) }, (_, turn) => freshPrompt(32, turn + 50_000, vocabulary));
  const { status, text } = await keyed.ask("heavy", "/jobs", { prompts, top_k: 1 });
  if (status !== 202) throw new Error(`the job was answered ${status}: ${text.slice(0, 300)}`);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  line(
    `beside a job of ${prompts.length} prompts`,
    await timesOf(keyed, "light", (turn) => light(turn + 200), 40),
    alone,
  );
}
