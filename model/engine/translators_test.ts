import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readLensFile } from "../../lens/files/read_lens.ts";
import type { TranslatorSource } from "../../lens/translator.ts";
import type { StatisticName } from "../../lens/statistics.ts";
import type { CellPlan, ProbePlan } from "./engine.ts";
import { createExecutor } from "./executor.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/", import.meta.url));
const TOLERANCE = 2e-4;
const never = new AbortController().signal;

const TUNED: Record<string, string> = {
  "fp32/params.pt": "tuned-fp32",
  "fp16/params.pt": "tuned-fp16",
  "bf16/params.pt": "tuned-bf16",
  "safetensors/params.safetensors": "tuned-fp32",
  "archive-prefix/params.pt": "tuned-fp32",
  "transposed/params.pt": "tuned-fp32",
  "shared-storage/params.pt": "tuned-fp32",
};
const JACOBIAN = ["all-layers", "sparse-layers", "fitted"];

interface Cell {
  readonly site: CellPlan["site"];
  readonly layer: number;
  readonly position: number;
  readonly top_ids: readonly number[];
  readonly top_logprobs: readonly number[];
  readonly tracked_rank: number;
  readonly [statistic: string]: unknown;
}

const cases = [
  ...Object.entries(TUNED).map(([file, expected]) => ({ file: `lenses/tuned/${file}`, expected })),
  ...JACOBIAN.map((name) => ({ file: `lenses/jacobian/${name}.pt`, expected: `jacobian-${name}` })),
];

for (const { file, expected } of cases) {
  Deno.test(`${file} reads as its own package reads it: every cell, id, rank and statistic`, async () => {
    const reference = JSON.parse(await Deno.readTextFile(`${GOLDEN}lenses/expected/${expected}.json`));
    const cells: Cell[] = reference.cells;
    const translators = await translatorsOf(`${GOLDEN}${file}`);
    const layers = [...new Set(cells.map(({ layer }) => layer))];
    const site = cells[0]!.site;
    const statistics = Object.keys(cells[0]!).filter((name): name is StatisticName =>
      ["entropy", "kl_output_lens", "kl_lens_output", "jsd", "tv", "cross_entropy", "next_rank", "output_rank"]
        .includes(name)
    );
    const plan: ProbePlan = {
      ids: reference.input_ids,
      positions: [...reference.input_ids.keys()],
      cells: layers.map((layer) => ({
        site,
        layer,
        translator: translators.findIndex(({ layer: own }) => own === layer),
      })),
      translators: translators.map(({ source }) => source),
      norm: "own",
      topK: 10,
      tracked: [reference.tracked_token_id],
      statistics,
    };
    // Two rows a run and four positions a chunk: lenses take part in every cut.
    for (const cut of [{}, { rowBlock: 2, chunkTokens: 4, lensMemoryBytes: 1 }]) {
      const model = `${GOLDEN}architectures/llama-mha-untied`;
      const executor = await createExecutor({ model, precision: "f32", threads: 2, ...cut });
      let rowOfCell: readonly number[] = [];
      let compared = 0;
      for await (const event of executor.probe(plan, never)) {
        if (event.type === "start") rowOfCell = event.rowOfCell;
        if (event.type !== "position") continue;
        for (const cell of cells.filter(({ position }) => position === event.position)) {
          const row = rowOfCell[layers.indexOf(cell.layer)]!;
          assert.deepEqual([...event.rows.topIds.subarray(row * 10, row * 10 + 10)], cell.top_ids);
          assert.equal(event.rows.trackedRanks[row], cell.tracked_rank);
          for (const [place, logprob] of cell.top_logprobs.entries()) {
            const found = event.rows.topLogits[row * 10 + place]! - event.rows.logSumExp[row]!;
            assert.ok(Math.abs(found - logprob) <= TOLERANCE);
          }
          for (const [index, name] of statistics.entries()) {
            const found = event.rows.statistics[index]![row]!;
            const value = cell[name] as number | null;
            if (value === null) assert.ok(Number.isNaN(found));
            else assert.ok(Math.abs(found - value) <= TOLERANCE, `${name} ${found} ${value}`);
          }
          compared++;
        }
      }
      assert.equal(compared, cells.length);
      await executor.close();
    }
  });
}

async function translatorsOf(file: string): Promise<{ layer: number; source: TranslatorSource }[]> {
  await using lens = await readLensFile(file);
  const { contents } = lens;
  return contents.layers.map((layer) => {
    const { weight, bias = null } = contents.tensors.get(layer)!;
    const source = { key: `${file} ${layer}`, file, form: contents.form, dModel: contents.dModel, weight, bias };
    // Over the wire and back: what the engine gets is JSON.
    return { layer, source: JSON.parse(JSON.stringify(source)) as TranslatorSource };
  });
}
