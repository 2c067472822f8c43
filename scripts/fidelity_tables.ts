import { readdirSync, readFileSync } from "node:fs";
import { SITES } from "../lens/sites.ts";
import { fidelityOf, type FidelityRecord, placeOf, type StateFidelity } from "../model/engine/fidelity.ts";
import { markdownTable } from "./markdown_table.ts";

const FOLDER = new URL("../docs/fidelity/", import.meta.url);

/** The published measurements, the largest model first. */
function published(): FidelityRecord[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  const records = files.map((name) => fidelityOf(readFileSync(new URL(name, FOLDER), "utf8")));
  const size = ({ precisions }: FidelityRecord) => precisions[0]!.weightsBytes;
  return records.sort((a, b) => size(b) - size(a));
}

/** What each precision does to the output of each model. */
export function outputTable(): string {
  const rows = published().flatMap(({ model, precisions }) =>
    precisions.map(({ precision, output }) => [model, `\`${precision}\``, ...figures(output), String(output.positions)])
  );
  return markdownTable(["model", "precision", "mean KL, nats", "top-1", "mean rank", "positions"], rows);
}

/** What each precision does to every state of each model: a heading and a table of layers × sites each. */
export function stateTables(): string {
  return published().flatMap(({ model, corpus, precisions }) =>
    precisions.map(({ precision, states }) => {
      const least = Math.min(...states.map(({ positions }) => positions));
      const title = `### ${model} in ${precision}\n\nAt least ${least} positions of ${corpus}.`;
      return `${title}\n\n${layersTable(states)}`;
    })
  ).join("\n\n");
}

function layersTable(states: readonly StateFidelity[]): string {
  const layers = new Map<number, Map<string, string>>();
  for (const one of states) {
    const { site, layer } = placeOf(one.state);
    const row = layers.get(layer) ?? new Map<string, string>();
    layers.set(layer, row.set(site, figures(one).join(", ")));
  }
  const rows = [...layers].sort(([a], [b]) => a - b)
    .map(([layer, row]) => [String(layer), ...SITES.map((site) => row.get(site) ?? "")]);
  return markdownTable(["layer", ...SITES.map((site) => `\`${site}\``)], rows);
}

function figures({ kl, top1Agreement, meanRank }: StateFidelity): string[] {
  return [kl.toExponential(1), `${(100 * top1Agreement).toFixed(2)} %`, meanRank.toFixed(3)];
}
