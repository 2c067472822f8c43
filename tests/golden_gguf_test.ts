import assert from "node:assert/strict";
import { cellsByName, type ProbeAnswer } from "./service/answers.ts";
import { exists, readJson, SHARED } from "./service/golden_files.ts";
import { runService } from "./service/running_service.ts";
import { type Scored, Worst } from "./service/worst.ts";

/** SmolLM2's own float32 noise is 9e-5 (numerics.md). */
const TOLERANCE = 5e-4;

interface TopTen {
  readonly ids: readonly number[];
  readonly logprobs: readonly number[];
}

interface Prompt {
  readonly text: string;
  readonly input_ids: readonly number[];
  readonly output: TopTen;
  readonly layers: readonly Readonly<Record<string, TopTen>>[];
}

const gguf = Deno.env.get("MIDSTREAM_TEST_SMOLLM2_GGUF") ?? "";
Deno.test({
  name:
    "SmolLM2-135M's Q4_1 GGUF through HTTP in f32 equals PyTorch (needs MIDSTREAM_TEST_SMOLLM2_GGUF, the file, and ../shared)",
  ignore: gguf === "" || !exists(`${SHARED}/golden/smollm2/expected.json`),
  fn: async () => {
    const { sites, prompts } = readJson<{ sites: string[]; prompts: Prompt[] }>(
      `${SHARED}/golden/smollm2/expected.json`,
    );
    await using running = await runService(["--model", gguf, "--precision", "f32"]);
    const worst = new Worst();
    let cells = 0;
    for (const { text, input_ids: ids, output, layers } of prompts) {
      // As text: the ids come from the tokenizer in the file.
      const answer = await running.json<ProbeAnswer>("/probe", { prompt: text, sites });
      assert.deepEqual(answer.tokens.map(({ id }) => id), ids, text);
      worst.compareTop(answer.output[0]!.top, scored(output), TOLERANCE, `${text}: output`);
      const cell = cellsByName(answer);
      for (const [layer, states] of layers.entries()) {
        for (const [site, top] of Object.entries(states)) {
          const found = cell(ids.length - 1, site, layer).top;
          worst.compareTop(found, scored(top), TOLERANCE, `${text}: ${site} ${layer}`);
          cells++;
        }
      }
    }
    assert.equal(cells, 720);
    worst.print("SmolLM2, Q4_1 GGUF");
  },
});

Deno.test({
  name:
    "SmolLM2-135M's GGUF multiplied in its own blocks stays near its exact expansion (needs MIDSTREAM_TEST_SMOLLM2_GGUF and ../shared)",
  ignore: gguf === "" || !exists(`${SHARED}/golden/smollm2/expected.json`),
  fn: async () => {
    const { prompts } = readJson<{ prompts: Prompt[] }>(`${SHARED}/golden/smollm2/expected.json`);
    await using running = await runService(["--model", gguf]);
    let agree = 0;
    let worst = 0;
    for (const { text, output } of prompts) {
      const answer = await running.json<ProbeAnswer>("/probe", { prompt: text, track_ids: [output.ids[0]!] });
      const [best] = answer.output[0]!.top;
      if (best!.id === output.ids[0]) agree++;
      const found = answer.output[0]!.top.find(({ id }) => id === output.ids[0]);
      if (found !== undefined) worst = Math.max(worst, Math.abs(found.logprob - output.logprobs[0]!));
    }
    assert.equal(agree, prompts.length);
    assert.ok(worst <= 0.2, `the likeliest token's log-probability differs by ${worst}`);
    console.log(
      `  SmolLM2, blocks with int8 activations: log-probability of the likeliest token within ${worst.toFixed(3)}`,
    );
  },
});

function scored({ ids, logprobs }: TopTen): Scored[] {
  return ids.map((id, place) => ({ id, logprob: logprobs[place]! }));
}
