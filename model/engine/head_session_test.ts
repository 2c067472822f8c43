import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Site } from "../../lens/sites.ts";
import { type StatisticName, STATISTICS } from "../../lens/statistics.ts";
import { openCheckpoint } from "../checkpoint/folder.ts";
import { readTensor } from "../checkpoint/read_tensor.ts";
import { readSafetensorsHeader } from "../checkpoint/safetensors.ts";
import { HeadSession } from "./head_session.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/", import.meta.url));
const FOLDER = `${GOLDEN}architectures/llama-mha-untied`;
const TOLERANCE = 2e-4;

interface GoldenCell extends Record<StatisticName, number | boolean | null> {
  readonly site: Site;
  readonly layer: number;
  readonly position: number;
  readonly top_ids: number[];
  readonly top_logprobs: number[];
  readonly tracked_rank: number;
  readonly tracked_logprob: number;
}

Deno.test("HeadSession.run() says of every cell of a model what PyTorch says: ids, ranks and each statistic", async () => {
  const golden = JSON.parse(await Deno.readTextFile(`${GOLDEN}lenses/expected/logit.json`));
  const checkpoint = await openCheckpoint(FOLDER);
  const states = await statesOf("seq1");
  const { dModel, layers } = checkpoint.config;
  const ids: number[] = golden.input_ids;
  const output: GoldenCell[] = golden.output.map((o: GoldenCell) => ({ ...o, site: "resid_post", layer: layers - 1 }));
  const cells: GoldenCell[][] = output.map((o) => [
    o,
    ...golden.cells.filter((cell: GoldenCell) => cell.position === o.position),
  ]);
  const rows = new Float32Array(cells.flatMap((group) =>
    group.flatMap(({ site, layer, position }) => {
      const at = (layer * ids.length + position) * dModel;
      return [...states.get(site)!.subarray(at, at + dModel)];
    })
  ));
  const known = STATISTICS.filter(({ name }) => name in golden.cells[0]);
  assert.ok(known.length >= 11, "the reference has every statistic of numerics.md");
  const head = await HeadSession.create(checkpoint, { threads: 1 });
  const decoded = await head.run({
    rows,
    positions: ids.length,
    rowsPerPosition: cells[0]!.length,
    norm: "own",
    topK: 10,
    tracked: [golden.tracked_token_id, 0],
    nextIds: ids.map((_, i) => ids[i + 1] ?? null),
    statistics: known.map(({ name }) => name),
  });
  await head.release();

  const near = (actual: number, expected: number, what: string) => {
    assert.ok(Math.abs(actual - expected) <= TOLERANCE, `${what}: ${actual}, PyTorch ${expected}`);
  };
  assert.equal(decoded.count, cells.flat().length);
  for (const [row, cell] of cells.flat().entries()) {
    const what = `${cell.site}[${cell.layer}] at ${cell.position}`;
    const total = decoded.logSumExp[row]!;
    assert.deepEqual([...decoded.topIds.subarray(row * 10, row * 10 + 10)], cell.top_ids, what);
    cell.top_logprobs.forEach((expected, i) =>
      near(decoded.topLogits[row * 10 + i]! - total, expected, `top of ${what}`)
    );
    assert.equal(decoded.trackedRanks[row * 2], cell.tracked_rank, what);
    near(decoded.trackedLogits[row * 2]! - total, cell.tracked_logprob, `tracked of ${what}`);
    near(decoded.entropy[row]!, Number(cell.entropy), `entropy of ${what}`);
    for (const [i, { name, type, least, most }] of known.entries()) {
      const actual = decoded.statistics[i]![row]!;
      const expected = cell[name];
      if (expected === null) assert.ok(Number.isNaN(actual), `${name} of ${what}`);
      else if (type === "number") near(actual, Number(expected), `${name} of ${what}`);
      else assert.equal(actual, Number(expected), `${name} of ${what}`);
      assert.ok(!(actual < least!) && !(actual > (most ?? Infinity) + 1e-6), `${name} of ${what}: ${actual}`);
    }
  }
});

async function statesOf(sequence: string): Promise<Map<string, Float32Array>> {
  const file = `${FOLDER}/expected.safetensors`;
  const states = new Map<string, Float32Array>();
  for (const { name, dtype, shape, offset, length } of (await readSafetensorsHeader(file)).entries.values()) {
    if (dtype !== "F32" || !name.startsWith(`${sequence}.`)) continue;
    states.set(name.slice(sequence.length + 1), await readTensor({ name, dtype, shape, file, offset, length }));
  }
  return states;
}
