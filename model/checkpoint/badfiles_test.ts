import assert from "node:assert/strict";
import { join } from "node:path";
import { CheckpointError } from "./checkpoint_error.ts";
import { openCheckpoint } from "./folder.ts";
import { readTensor } from "./read_tensor.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

interface Tensor {
  readonly shape: number[];
  readonly dtype: string;
  readonly first8: number[];
  readonly sum: number;
}
interface Case {
  readonly file: string;
  readonly as: string;
  readonly with: Record<string, string>;
  readonly kind: string;
  readonly verdict: "accept" | "reject";
  readonly expect_any?: string[];
  readonly tensors?: Record<string, Tensor>;
}

/** The committed part of the corpus, and the whole of it where the checkout has the shared folder beside it. */
const SETS = ["../../tests/golden/badfiles/", "../../../shared/badfiles/files/"]
  .map((path) => new URL(path, import.meta.url).pathname);

for (const set of SETS) {
  const cases = readCases(set);
  const label = set === SETS[0] ? "" : " (shared corpus)";
  Deno.test({
    name: `openCheckpoint() gives every model file and config of the bad files its verdict${label}` +
      (cases === null ? ": ignored, ../shared is not there" : ""),
    ignore: cases === null,
    fn: async (t) => {
      for (const one of cases!) await t.step(`${one.verdict} ${one.file}`, () => check(one, set));
      assert.ok(cases!.length >= 11);
    },
  });
}

function readCases(set: string): Case[] | null {
  try {
    const { files } = JSON.parse(Deno.readTextFileSync(`${set}manifest.json`)) as { files: Case[] };
    return files.filter(({ kind }) => kind === "config.json" || kind === "model.safetensors");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && set !== SETS[0]) return null;
    throw error;
  }
}

async function check(one: Case, set: string): Promise<void> {
  await using folder = await TemporaryFolder.make();
  for (const [name, from] of Object.entries({ ...one.with, [one.as]: one.file })) {
    await Deno.copyFile(join(set, from), join(folder.path, name));
  }
  if (one.verdict === "accept") {
    const { tensors } = await openCheckpoint(folder.path);
    for (const [name, wanted] of Object.entries(one.tensors ?? {})) {
      const source = tensors.get(name);
      assert.ok(source !== undefined, name);
      assert.deepEqual([source.shape, source.dtype], [wanted.shape, wanted.dtype]);
      const values = await readTensor(source);
      assert.deepEqual([...values.subarray(0, 8)], wanted.first8);
      const sum = values.reduce((total, value) => total + value, 0);
      assert.ok(Math.abs(sum - wanted.sum) <= 1e-9 * values.length, `sum of ${name}: ${sum}, not ${wanted.sum}`);
    }
    return;
  }
  await assert.rejects(openCheckpoint(folder.path), (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    const message = error.message.toLowerCase();
    assert.ok(one.expect_any?.some((word) => message.includes(word.toLowerCase())), error.message);
    return true;
  });
}
