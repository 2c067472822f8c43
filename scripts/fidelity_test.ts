import assert from "node:assert/strict";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import { openWeightSource } from "../model/engine/weight_source.ts";
import { measureFidelity } from "./fidelity/measure.ts";
import { takePrompts } from "./fidelity/prompts.ts";

const MODEL = new URL("../tests/golden/architectures/llama-gqa-tied", import.meta.url).pathname;
const GGUF = new URL("../tests/golden/badfiles/gguf-ok-mixed-k.gguf", import.meta.url).pathname;

Deno.test("measureFidelity() finds every state nearer to float32 the more bits there are", async () => {
  await using data = await TemporaryFolder.make();
  const prompts = [30, 17].map((length) => Array.from({ length }, (_, i) => (i * 53 + length) % 300));
  const [q16, q8, q4] = await measureFidelity({
    source: await openWeightSource({ model: MODEL, precision: "auto", cacheFolder: data.path }),
    dataFolder: data.path,
    threads: 2,
    precisions: ["q16", "q8", "q4"],
    prompts,
    every: 2,
    write: () => {},
  });
  assert.equal(q16!.states.length, 1 + 4 * 3);
  assert.equal(q16!.output.positions, 47);
  assert.equal(q16!.states[1]!.positions, 15 + 8);
  for (const [i, { state, kl, top1Agreement, meanRank }] of q16!.states.entries()) {
    assert.ok(kl < 1e-6 && top1Agreement > 0.9 && meanRank >= 1, state);
    if (state === "resid_pre.0") continue; // The embedding, which no precision changes; but lm_head's rounding.
    assert.ok(kl < q8!.states[i]!.kl && q8!.states[i]!.kl < q4!.states[i]!.kl, state);
  }
  assert.ok(q16!.weightsBytes > q8!.weightsBytes && q8!.weightsBytes > q4!.weightsBytes);
});

Deno.test("measureFidelity() holds a GGUF's own blocks against their float32 products", async () => {
  await using data = await TemporaryFolder.make();
  const [found] = await measureFidelity({
    source: await openWeightSource({ model: GGUF, precision: "auto", cacheFolder: data.path }),
    dataFolder: data.path,
    threads: 1,
    precisions: ["gguf"],
    prompts: [[7, 3, 44, 21, 59, 0, 13, 13, 2, 31, 8, 5]],
    every: 1,
    write: () => {},
  });
  assert.equal(found!.precision, "gguf");
  for (const { state, positions, kl, top1Agreement } of found!.states) {
    assert.deepEqual([positions, top1Agreement], [12, 1], state);
    assert.ok(kl < 1e-6, `${state} ${kl}`);
  }
  assert.ok(found!.states.some(({ kl }) => Math.abs(kl) > 1e-12));
});

Deno.test("takePrompts() reads texts of each kind of corpus until there are enough positions", () => {
  const encode = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
  const texts = ["a".repeat(20), "too", "b".repeat(9), "c".repeat(30)];
  for (const corpus of [JSON.stringify(texts), JSON.stringify({ texts }), texts.join("\n\n")]) {
    assert.deepEqual(takePrompts(corpus, encode, 19, 10).map((ids) => ids.length), [10, 9]);
  }
  assert.throws(() => takePrompts(JSON.stringify(texts), encode, 100, 10), /only 29 of 100 positions/);
});
