import assert from "node:assert/strict";
import { fitLens } from "./fit_lens.ts";
import { LensFileError } from "./lens_file_error.ts";
import { OpenLensFile } from "./lens_file.ts";
import { readLensFile } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";

const FOLDER = new URL("../../tests/golden/badfiles/", import.meta.url);
/** The corpus is made for this model. */
const MODEL = { dModel: 16, layers: 3 };

interface Case {
  file: string;
  kind: string;
  verdict: "accept" | "reject";
  why: string;
  expect_any?: string[];
  tensors?: Record<string, { shape: number[]; dtype: string; first8: number[]; sum: number }>;
}

const { files }: { files: Case[] } = JSON.parse(await Deno.readTextFile(new URL("manifest.json", FOLDER)));

for (const entry of files.filter(({ kind }) => kind.startsWith("lens."))) {
  Deno.test(`a lens file is ${entry.verdict}ed when ${entry.why} (${entry.file})`, async () => {
    const outcome = await verdict(new URL(entry.file, FOLDER).pathname, entry);
    if (entry.verdict === "accept") return assert.equal(outcome, null);
    assert.notEqual(outcome, null, "accepted");
    const named = (entry.expect_any ?? []).some((word) => outcome?.toLowerCase().includes(word.toLowerCase()));
    assert.ok(named, `"${outcome}" names none of ${entry.expect_any?.join(", ")}`);
    assert.ok(!outcome?.includes(FOLDER.pathname));
  });
}

/** The refusal, or null after the tensors were compared. */
async function verdict(path: string, { tensors = {} }: Case): Promise<string | null> {
  try {
    await using lens = await readLensFile(path, { model: MODEL });
    await scanFinite(lens);
    const misfit = fitLens(lens.contents, MODEL);
    if (misfit === null) await compare(lens, tensors);
    return misfit;
  } catch (error) {
    if (error instanceof LensFileError) return error.message;
    throw error;
  }
}

async function compare(lens: OpenLensFile, expected: NonNullable<Case["tensors"]>): Promise<void> {
  const { kind, layers, tensors, dtype } = lens.contents;
  const names = layers.flatMap((layer) => kind === "jacobian" ? [`J.${layer}`] : [`${layer}.weight`, `${layer}.bias`]);
  assert.deepEqual(names, Object.keys(expected));
  for (const layer of layers) {
    const { weight, bias } = await lens.materialise(layer);
    const found = { [kind === "jacobian" ? `J.${layer}` : `${layer}.weight`]: weight, [`${layer}.bias`]: bias };
    for (const [name, values] of Object.entries(found)) {
      const tensor = expected[name];
      if (values === null || tensor === undefined) continue;
      assert.equal(dtype, tensor.dtype);
      const stored = name.endsWith("bias") ? tensors.get(layer)?.bias : tensors.get(layer)?.weight;
      assert.deepEqual(stored?.shape, tensor.shape);
      assert.deepEqual([...values.subarray(0, 8)], tensor.first8.map(Math.fround), name);
      assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - tensor.sum) < 1e-4, name);
    }
  }
}
