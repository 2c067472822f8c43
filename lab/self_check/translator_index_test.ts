import assert from "node:assert/strict";
import { join } from "node:path";
import { safetensorsOf } from "../../lens/files/fixtures/small_files.ts";
import type { Translator } from "../../lens/files/lens_file.ts";
import { readLensFile } from "../../lens/files/read_lens.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { createExecutor } from "../../model/engine/executor.ts";
import { randomNumbers } from "../../model/engine/reference/random_model.ts";
import { openTokenizer } from "../../model/tokenizer.ts";
import { DEMO } from "../../tests/service/golden_files.ts";
import { reportText } from "./report_text.ts";
import { selfCheck } from "./self_check.ts";
import type { CheckedLens } from "./translator_index.ts";

const D_MODEL = 128;
const LAYERS = 8;

Deno.test("on the demo: its tuned lens is right, with its keys moved by one shifted, and random ones are undecided", async () => {
  await using folder = await TemporaryFolder.make();
  const own = join(DEMO, "lenses", "tuned", "params.pt");
  await using read = await readLensFile(own);
  const trained = await Promise.all(read.contents.layers.map((layer) => read.materialise(layer)));
  const write = async (id: string, translators: readonly Translator[]) => {
    const path = join(folder.path, `${id}.safetensors`);
    const arrays = translators.flatMap(({ weight, bias }, layer) => [
      { name: `${layer}.weight`, shape: [D_MODEL, D_MODEL], values: weight },
      { name: `${layer}.bias`, shape: [D_MODEL], values: bias! },
    ]);
    await Deno.writeFile(path, safetensorsOf(arrays));
    return await lensOf(id, path);
  };
  const report = await checkDemo([
    await lensOf("tuned", own),
    // Key l holds what was trained on the output of block l, as a file that counts by outputs does.
    await write("moved-down", [...trained.slice(1), trained[0]!]),
    await write("moved-up", [trained.at(-1)!, ...trained.slice(0, -1)]),
    await write("faint", random(1e-4)),
    await write("random", random(0.02)),
    await write("wild", random(1)),
    await lensOf("jacobian", join(DEMO, "lenses", "jacobian.pt")),
  ]);
  console.log(reportText(report));
  const verdicts = Object.fromEntries(report.lenses.map(({ id, verdict }) => [id, verdict]));
  assert.deepEqual(verdicts, {
    tuned: "right",
    "moved-down": "shifted",
    "moved-up": "undecided",
    faint: "undecided",
    random: "undecided",
    wild: "undecided",
    jacobian: "undecided",
  });
  const [right, shifted] = report.lenses as [typeof report.lenses[0], typeof report.lenses[0]];
  assert.deepEqual(right.layers, [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(shifted.kl.shifted, right.kl.lens);
  assert.deepEqual(shifted.kl.logit, right.kl.logit);
  assert.match(shifted.detail, /counts its translators by the block whose output/);
  assert.equal(report.passed, true);
});

Deno.test("a lens of another model, one read as danyude and one of a single layer are skipped, with the reason", async () => {
  const tuned = await lensOf("tuned", join(DEMO, "lenses", "tuned", "params.pt"));
  const record = { ...tuned.record };
  const { lenses } = await checkDemo([
    { ...tuned, match: { match: "none", reason: "d_model is 4096" } },
    { ...tuned, record: { ...record, reading: "danyude" } },
    { ...tuned, record: { ...record, layers: [3, 4] } },
  ]);
  assert.deepEqual(lenses.map(({ verdict }) => verdict), ["skipped", "skipped", "skipped"]);
  for (const [index, reason] of [/d_model is 4096/, /danyude/, /too few/].entries()) {
    assert.match(lenses[index]!.detail, reason);
  }
});

function random(size: number): Translator[] {
  const next = randomNumbers(7);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => size * next());
  return Array.from({ length: LAYERS }, () => ({ weight: numbers(D_MODEL ** 2), bias: numbers(D_MODEL) }));
}

async function lensOf(id: string, file: string): Promise<CheckedLens> {
  await using read = await readLensFile(file);
  const { kind, layers, tensors, form, dModel } = read.contents;
  return {
    record: { id, kind, layers, reading: "tuned_lens" },
    match: { match: "shape", reason: "" },
    translator(layer) {
      const { weight, bias = null } = tensors.get(layer)!;
      return { key: `${file} ${layer}`, file, form, dModel, weight, bias };
    },
    hold: () => ({ [Symbol.dispose]() {} }),
  };
}

async function checkDemo(lenses: readonly CheckedLens[]) {
  const path = join(DEMO, "model");
  const executor = await createExecutor({ model: path, precision: "f32", threads: 2 });
  const tokenizer = await openTokenizer(path, executor.model.vocabulary);
  assert.ok("encode" in tokenizer);
  const parts = {
    engine: executor,
    model: executor.model,
    maxTokens: Infinity,
    tokenizer,
    checkpoint: { path },
    lenses,
  };
  const report = await selfCheck(parts, new AbortController().signal);
  await executor.close();
  return report;
}
