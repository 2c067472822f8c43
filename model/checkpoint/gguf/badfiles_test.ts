import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { CheckpointError } from "../checkpoint_error.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { floatCheckpoint } from "./float_checkpoint.ts";
import { openGguf } from "./open_gguf.ts";
import { readGgufTensor } from "./read_gguf_tensor.ts";
import { readTensor } from "../read_tensor.ts";
import { huggingFaceName } from "./tensor_names.ts";

interface Case {
  readonly file: string;
  readonly as: string;
  readonly kind: string;
  readonly verdict: "accept" | "reject";
  readonly rule?: string;
  readonly expect_any?: string[];
  readonly tensors?: Record<string, { shape: number[]; dtype: string; first8: number[]; sum: number }>;
}

const set = new URL("../../../tests/golden/badfiles/", import.meta.url).pathname;
const { files } = JSON.parse(Deno.readTextFileSync(`${set}manifest.json`)) as { files: Case[] };

Deno.test("openGguf() gives every GGUF of the bad files its verdict, and the accepted ones their values", async (t) => {
  const cases = files.filter(({ kind }) => kind === "model.gguf");
  assert.equal(cases.length, 7);
  for (const one of cases) {
    await t.step(`${one.verdict} ${one.file}`, async () => {
      await using folder = await TemporaryFolder.make();
      const path = join(folder.path, one.as);
      await Deno.copyFile(join(set, one.file), path);
      if (one.verdict === "accept") await accepts(path, one, folder.path);
      else await refuses(path, one);
    });
  }
});

async function accepts(path: string, one: Case, cacheFolder: string): Promise<void> {
  const gguf = await openGguf(path);
  const floats = await floatCheckpoint(gguf, { dataFolder: cacheFolder });
  for (const [name, wanted] of Object.entries(one.tensors ?? {})) {
    const tensor = gguf.tensors.get(huggingFaceName(name)!);
    assert.ok(tensor !== undefined, name);
    assert.deepEqual([tensor.shape, tensor.type.name], [wanted.shape, wanted.dtype]);
    const values = await readGgufTensor(gguf.file, tensor);
    assert.deepEqual([...values.subarray(0, 8)], wanted.first8);
    const sum = values.reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum - wanted.sum) <= 1e-9 * values.length, `sum of ${name}: ${sum}, not ${wanted.sum}`);
    assert.deepEqual(await readTensor(floats.tensors.get(huggingFaceName(name)!)!), values);
  }
}

async function refuses(path: string, one: Case): Promise<void> {
  await assert.rejects(openGguf(path), (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    assert.equal(error.rule, one.rule);
    assert.equal(error.file, one.as);
    const message = error.message.toLowerCase();
    assert.ok(one.expect_any?.some((word) => message.includes(word.toLowerCase())), error.message);
    return true;
  });
}

Deno.test("openGguf() answers a changed model file with a model or a CheckpointError", async () => {
  await using folder = await TemporaryFolder.make();
  const whole = await Deno.readFile(`${set}gguf-ok-mixed-k.gguf`);
  const path = join(folder.path, "model.gguf");
  const header = 3232;
  const values = [0, 1, 0x7f, 0x80, 0xff];
  const change = fc.tuple(fc.nat(header), fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 8 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
      const bytes = whole.slice();
      for (const [at, other] of changes) bytes.set(other, at);
      await Deno.writeFile(path, bytes);
      try {
        const { tensors } = await openGguf(path);
        for (const { offset, length } of tensors.values()) assert.ok(offset + length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
