import assert from "node:assert/strict";
import { cellsByName, type ProbeAnswer } from "./service/answers.ts";
import { exists, readJson, SHARED } from "./service/golden_files.ts";
import { runService } from "./service/running_service.ts";
import { type Scored, Worst } from "./service/worst.ts";

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
for (
  const { precision, tolerance } of [{ precision: "f32", tolerance: 5e-4 }, { precision: "auto", tolerance: 2e-2 }]
) {
  Deno.test({
    name:
      `SmolLM2-135M's Q4_1 GGUF through HTTP in ${precision} equals PyTorch (needs MIDSTREAM_TEST_SMOLLM2_GGUF, the file, and ../shared)`,
    ignore: gguf === "" || !exists(`${SHARED}/golden/smollm2/expected.json`),
    fn: async () => {
      const { sites, prompts } = readJson<{ sites: string[]; prompts: Prompt[] }>(
        `${SHARED}/golden/smollm2/expected.json`,
      );
      await using running = await runService(["--model", gguf, "--precision", precision]);
      const worst = new Worst();
      let cells = 0;
      for (const { text, input_ids: ids, output, layers } of prompts) {
        // As text: the ids come from the tokenizer in the file.
        const answer = await running.json<ProbeAnswer>("/probe", { prompt: text, sites });
        assert.deepEqual(answer.tokens.map(({ id }) => id), ids, text);
        worst.compareTop(answer.output[0]!.top, scored(output), tolerance, `${text}: output`);
        const cell = cellsByName(answer);
        for (const [layer, states] of layers.entries()) {
          for (const [site, top] of Object.entries(states)) {
            const found = cell(ids.length - 1, site, layer).top;
            worst.compareTop(found, scored(top), tolerance, `${text}: ${site} ${layer}`);
            cells++;
          }
        }
      }
      assert.equal(cells, 720);
      worst.print(`SmolLM2, Q4_1 GGUF, ${precision}`);
    },
  });
}

function scored({ ids, logprobs }: TopTen): Scored[] {
  return ids.map((id, place) => ({ id, logprob: logprobs[place]! }));
}
