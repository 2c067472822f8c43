import assert from "node:assert/strict";
import { SITES } from "../lens/sites.ts";
import { cellsByName, type ProbeAnswer } from "./service/answers.ts";
import { compareGoldenCell, type GoldenLens, OF_ONE_LENS, scored, TOLERANCE } from "./service/golden_cells.ts";
import { exists, GOLDEN, readJson, SHARED } from "./service/golden_files.ts";
import { compareStates } from "./service/golden_states.ts";
import { type RunningService, runService } from "./service/running_service.ts";
import { readSafetensors } from "./service/safetensors.ts";
import { Worst } from "./service/worst.ts";

/** SmolLM2's own float32 noise is 9e-5. */
const SMOLLM2_TOLERANCE = 5e-4;

Deno.test("golden/lenses/expected/logit.json: every cell, id, rank and statistic through HTTP", async () => {
  const expected = readJson<GoldenLens>(`${GOLDEN}/lenses/expected/logit.json`);
  await using running = await runService(["--model", `${GOLDEN}/architectures/llama-mha-untied`]);
  const answer = await running.json<ProbeAnswer>("/probe", {
    prompt: expected.input_ids,
    sites: SITES,
    positions: "all",
    track_ids: [expected.tracked_token_id],
    statistics: OF_ONE_LENS,
  });
  const worst = new Worst();
  const cell = cellsByName(answer);
  assert.equal(answer.readouts.length, expected.cells.length);
  for (const reference of expected.cells) {
    const where = `position ${reference.position} ${reference.site} ${reference.layer}`;
    compareGoldenCell(cell(reference.position, reference.site, reference.layer), reference, where, worst);
  }
  for (const reference of expected.output) {
    const found = answer.output.find(({ position }) => position === reference.position)!;
    assert.deepEqual(found.top.map(({ id }) => id), reference.top_ids);
    worst.compare("entropy", found.entropy, reference["entropy"] as number, TOLERANCE, `output ${reference.position}`);
  }
  worst.print("logit.json");
});

interface TopTen {
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
}

interface TextReadouts {
  readonly sites: readonly string[];
  readonly prompts: readonly {
    readonly text: string;
    readonly input_ids: readonly number[];
    readonly output: TopTen;
    readonly layers: readonly Readonly<Record<string, TopTen>>[];
  }[];
}

for (const name of ["stories260K", "babyllama-tok105-0.9M"]) {
  const folder = `${SHARED}/data/checkpoints/${name}`;
  Deno.test({
    name: `${name}, trained: states and read-outs through HTTP equal PyTorch (needs the third-party checkpoint)`,
    ignore: !exists(folder),
    fn: async () => {
      await using running = await runService(["--model", folder]);
      const worst = new Worst();
      const expected = readSafetensors(`${folder}/expected.safetensors`);
      for (const sequence of expected.names.filter((key) => key.endsWith(".input_ids"))) {
        await compareStates(running, expected, sequence.split(".")[0]!, worst);
      }
      await compareTextReadouts(running, readJson(`${folder}/readouts.json`), TOLERANCE, worst);
      worst.print(name);
    },
  });
}

const smollm2 = Deno.env.get("MIDSTREAM_TEST_SMOLLM2") ?? "";
Deno.test({
  name: "SmolLM2-135M through HTTP equals PyTorch (needs MIDSTREAM_TEST_SMOLLM2, its float32 folder, and ../shared)",
  ignore: smollm2 === "" || !exists(`${SHARED}/golden/smollm2/expected.json`),
  fn: async () => {
    await using running = await runService(["--model", smollm2]);
    const worst = new Worst();
    await compareTextReadouts(running, readJson(`${SHARED}/golden/smollm2/expected.json`), SMOLLM2_TOLERANCE, worst);
    worst.print("SmolLM2");
  },
});

/** Last position, all layers, as text where the text gives the reference's ids. */
async function compareTextReadouts(
  running: RunningService,
  expected: TextReadouts,
  tolerance: number,
  worst: Worst,
): Promise<void> {
  for (const { text, input_ids: ids, output, layers } of expected.prompts) {
    const tokenized = await running.json<{ tokens: { id: number }[] }>("/tokenize", { prompt: text });
    assert.deepEqual(tokenized.tokens.map(({ id }) => id), ids, text);
    const answer = await running.json<ProbeAnswer>("/probe", { prompt: ids, sites: expected.sites });
    worst.compareTop(answer.output[0]!.top, scored(output.ids, output.logprobs), tolerance, `${text}: output`);
    const cell = cellsByName(answer);
    for (const [layer, sites] of layers.entries()) {
      for (const [site, top] of Object.entries(sites)) {
        const found = cell(ids.length - 1, site, layer).top;
        worst.compareTop(found, scored(top.ids, top.logprobs), tolerance, `${text}: ${site} ${layer}`);
      }
    }
  }
}
