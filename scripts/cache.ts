import { type CachedWeights, listWeights, removeWeights } from "../model/checkpoint/convert/weights_cache.ts";
import { formatBytes } from "../model/checkpoint/hub/progress.ts";
import { parseSettings } from "../settings/parse.ts";

const DAY = 86_400_000;
const USAGE = `deno task cache                        lists the converted weights of the data folder
deno task cache -- --prune             removes what killed starts and older versions left
deno task cache -- --remove <digest>   removes those of a model, by the first digits of its digest
deno task cache -- --older <days>      removes those that no start has read for so long
--data <folder> names another data folder`;

interface Order {
  readonly removes: (weights: CachedWeights) => boolean;
  readonly rest: readonly string[];
}

function parse(args: readonly string[]): Order {
  const rest = args.filter((argument) => argument !== "--");
  const at = rest.findIndex((argument) => ["--prune", "--remove", "--older"].includes(argument));
  if (at < 0) return { removes: () => false, rest };
  const [flag] = rest.splice(at, 1);
  if (flag === "--prune") return { removes: ({ partial, stale }) => partial || stale, rest };
  const [value = ""] = rest.splice(at, 1);
  if (flag === "--remove") {
    if (!/^(sha256:)?[0-9a-f]{8,64}$/.test(value)) throw new Error("--remove needs 8 or more digits of a digest");
    return { removes: ({ name }) => name.startsWith(value.replace("sha256:", "")), rest };
  }
  if (!/^\d{1,5}$/.test(value)) throw new Error("--older needs a number of days");
  const before = Date.now() - Number(value) * DAY;
  return { removes: ({ used }) => used !== null && used.getTime() < before, rest };
}

async function main(): Promise<void> {
  if (Deno.args.includes("--help")) return console.log(USAGE);
  const { removes, rest } = parse(Deno.args);
  const settings = parseSettings(rest, Deno.env.toObject());
  if ("help" in settings) return console.log(USAGE);
  const found = await listWeights(settings.data);
  if (found.length === 0) return console.log("no converted weights");
  for (const weights of found) {
    const gone = removes(weights);
    if (gone) await removeWeights(settings.data, weights);
    const { name, id, kind, bytes, used, partial, stale } = weights;
    const state = gone ? "removed" : partial ? "unfinished" : stale ? "of another version" : "";
    const day = used?.toISOString().slice(0, 10) ?? "";
    console.log([name.slice(0, 12), kind.padEnd(8), formatBytes(bytes).padStart(8), day, id ?? "", state].join("  "));
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
