import assert from "node:assert/strict";
import { SITES } from "../lens/sites.ts";
import { cellsByName, type ProbeAnswer } from "./service/answers.ts";
import {
  compareGoldenCell,
  compareStatistics,
  type GoldenCell,
  type GoldenLens,
  OF_ONE_LENS,
  TOLERANCE,
} from "./service/golden_cells.ts";
import { DEMO, GOLDEN, readJson } from "./service/golden_files.ts";
import { type RunningService, runService } from "./service/running_service.ts";
import { Worst } from "./service/worst.ts";

const MODEL = `${GOLDEN}/architectures/llama-mha-untied`;
const LENSES = `${GOLDEN}/lenses`;
const REFERENCES = [
  "tuned-fp32",
  "tuned-fp16",
  "tuned-bf16",
  "jacobian-all-layers",
  "jacobian-sparse-layers",
  "jacobian-fitted",
];

/** The file itself, or the weights in the folder that a reference names. */
function lensFile(path: string): string {
  const whole = `${LENSES}/${path}`;
  if (Deno.statSync(whole).isFile) return whole;
  const weights = [...Deno.readDirSync(whole)].find(({ name }) => name.startsWith("params."))!;
  return `${whole}/${weights.name}`;
}

async function upload(running: RunningService, id: string, file: string): Promise<void> {
  const response = await running.put(id, await Deno.readFile(file));
  const body = await response.text();
  assert.equal(response.status, 201, body);
}

Deno.test("golden/lenses: every container of every lens, uploaded; every cell, id, rank and statistic as the packages have it", async () => {
  await using running = await runService(["--model", MODEL]);
  let containers = 0;
  for (const name of REFERENCES) {
    const expected = readJson<GoldenLens>(`${LENSES}/expected/${name}.json`);
    const worst = new Worst();
    for (const path of expected.files) {
      const id = path.replaceAll("/", "-").replace(/\.\w+$/, "");
      await upload(running, id, lensFile(path));
      const answer = await running.json<ProbeAnswer>("/probe", {
        prompt: expected.input_ids,
        lenses: [id],
        sites: SITES,
        positions: "all",
        track_ids: [expected.tracked_token_id],
        statistics: OF_ONE_LENS,
      });
      const cell = cellsByName(answer, id);
      for (const reference of expected.cells) {
        const { position, site, layer } = reference;
        compareGoldenCell(cell(position, site, layer), reference, `${id} ${position} ${site} ${layer}`, worst);
      }
      compareOutputRow(answer, id, expected.output, worst);
      containers++;
    }
    worst.print(name);
  }
  assert.equal(containers, 10);
});

/** At the last block's output every lens is the model itself. */
function compareOutputRow(answer: ProbeAnswer, lens: string, output: readonly GoldenCell[], worst: Worst): void {
  const cell = cellsByName(answer, lens);
  for (const reference of output) {
    compareGoldenCell(
      cell(reference.position, "resid_post", 3),
      reference,
      `${lens} output ${reference.position}`,
      worst,
    );
  }
}

interface PackageStatistics {
  readonly input_ids: readonly number[];
  readonly targets: readonly number[];
  readonly logit_lens: Record<string, number[][]>;
  readonly tuned_lens: Record<string, number[][]>;
  readonly tuned_against_logit: Record<string, number[][]>;
  readonly logit_against_tuned: Record<string, number[][]>;
}

/** What the package calls a statistic, and what it is called here. */
const OF_LENS = { entropy: "entropy", cross_entropy: "cross_entropy", forward_kl: "kl_output_lens", rank: "next_rank" };
const OF_TWO = {
  kl_divergence: "kl_lens_against",
  js_divergence: "jeffreys_half_against",
  total_variation: "linf_prob_against",
};

Deno.test("tuned_lens_package_stats.json: what tuned-lens prints, under the names it has here, one lens against the other too", async () => {
  const expected = readJson<PackageStatistics>(`${LENSES}/expected/tuned_lens_package_stats.json`);
  await using running = await runService(["--model", MODEL]);
  await upload(running, "tuned", lensFile("tuned/fp32"));
  const last = expected.input_ids.length - 1;
  const worst = new Worst();
  for (const [lens, against] of [["logit", "tuned"], ["tuned", "logit"]] as const) {
    const answer = await running.json<ProbeAnswer>("/probe", {
      prompt: expected.input_ids,
      lenses: [lens],
      against,
      sites: ["resid_pre", "resid_post"],
      positions: "all",
      track_ids: [expected.targets[last]],
      statistics: OF_ONE_LENS,
    });
    const cell = cellsByName(answer, lens);
    const compare = (table: Record<string, number[][]>, names: Record<string, string>) => {
      for (const [theirs, ours] of Object.entries(names)) {
        for (const [row, values] of table[theirs]!.entries()) {
          for (const [position, value] of values.entries()) {
            const found = row < 4 ? cell(position, "resid_pre", row) : cell(position, "resid_post", 3);
            const where = `${lens} ${theirs}, row ${row}, position ${position}`;
            // The package's target at the last position is the tracked token: there is no next one.
            const [tracked] = found.tracked;
            const own = found[ours] as number | null;
            const lastOnes: Record<string, number> = { next_rank: tracked!.rank, cross_entropy: -tracked!.logprob };
            worst.compare(ours, own ?? lastOnes[ours] ?? null, value, TOLERANCE, where);
          }
        }
      }
      const { max_probability: most } = table;
      for (const [row, values] of (most ?? []).entries()) {
        for (const [position, value] of values.entries()) {
          const found = row < 4 ? cell(position, "resid_pre", row) : cell(position, "resid_post", 3);
          worst.compare("max_probability", found.top[0]!.prob, value, TOLERANCE, `${lens} ${row} ${position}`);
        }
      }
    };
    compare(lens === "logit" ? expected.logit_lens : expected.tuned_lens, OF_LENS);
    compare(lens === "logit" ? expected.logit_against_tuned : expected.tuned_against_logit, OF_TWO);
  }
  worst.print("tuned-lens' own statistics");
});

interface DemoCell {
  readonly lens: string;
  readonly site: string;
  readonly layer: number;
  readonly position: number;
  readonly top: readonly (readonly [number, number])[];
  readonly tracked: readonly [number, number, number];
  readonly [statistic: string]: unknown;
}

Deno.test("demo/expected.json whole: the shipped model's three lenses in one probe, its prompts as text", async () => {
  const prompts = readJson<{ prompt: string; ids: number[]; tracked: number; cells: DemoCell[] }[]>(
    `${DEMO}/expected.json`,
  );
  await using running = await runService();
  const worst = new Worst();
  const counts: Record<string, number> = {};
  for (const { prompt, ids, tracked, cells } of prompts) {
    const answer = await running.json<ProbeAnswer>("/probe", {
      prompt,
      lenses: ["logit", "tuned", "jacobian"],
      sites: SITES,
      positions: "all",
      track_ids: [tracked],
      statistics: OF_ONE_LENS,
    });
    assert.deepEqual(answer.tokens.map(({ id }) => id), ids);
    const cellOf = new Map(["logit", "tuned", "jacobian"].map((lens) => [lens, cellsByName(answer, lens)]));
    for (const reference of cells) {
      const { lens, position, site, layer } = reference;
      const where = `${prompt}: ${lens} position ${position} ${site} ${layer}`;
      const found = cellOf.get(lens)!(position, site, layer);
      worst.compareTop(found.top, reference.top.map(([id, logprob]) => ({ id, logprob })), TOLERANCE, where);
      assert.equal(found.tracked[0]!.rank, reference.tracked[1], where);
      worst.compare("tracked", found.tracked[0]!.logprob, reference.tracked[2], TOLERANCE, where);
      compareStatistics(found, reference, where, worst);
      counts[lens] = (counts[lens] ?? 0) + 1;
    }
  }
  assert.deepEqual(counts, { logit: 480, tuned: 96, jacobian: 84 });
  worst.print("demo");
});
