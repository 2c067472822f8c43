import assert from "node:assert/strict";
import { join } from "node:path";
import { CheckpointError } from "../checkpoint_error.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { floatCheckpoint } from "./float_checkpoint.ts";
import { openGguf } from "./open_gguf.ts";
import { packedCheckpoint } from "./packed_checkpoint.ts";

const FILE = new URL("../../../tests/golden/badfiles/gguf-ok-mixed-k.gguf", import.meta.url).pathname;

for (const [name, convert] of Object.entries({ packedCheckpoint, floatCheckpoint })) {
  Deno.test(`${name}() writes the same file whatever the number of threads, and tells of every byte`, async () => {
    const gguf = await openGguf(FILE);
    const total = [...gguf.tensors.values()].reduce((sum, { length }) => sum + length, 0);
    const [one, three] = await Promise.all([1, 3].map(async (threads) => {
      await using data = await TemporaryFolder.make();
      const told: [number, number][] = [];
      const onProgress = (done: number, all: number) => void told.push([done, all]);
      const { tensors } = await convert(gguf, { dataFolder: data.path, threads, onProgress });
      assert.deepEqual(told.at(-1), [total, total]);
      assert.ok(told.every(([done], i) => i === 0 || done > told[i - 1]![0]));
      return await Deno.readFile([...tensors.values()].find(({ file }) => file !== gguf.file)!.file);
    }));
    assert.deepEqual(one, three);
  });

  Deno.test(`${name}() refuses a weight that is not finite by its tensor's name, and keeps nothing`, async () => {
    await using folder = await TemporaryFolder.make();
    const bytes = await Deno.readFile(FILE);
    const { offset } = (await openGguf(FILE)).tensors.get("model.norm.weight")!;
    new DataView(bytes.buffer).setFloat32(offset, NaN, true);
    const path = join(folder.path, "x.gguf");
    await Deno.writeFile(path, bytes);
    const gguf = await openGguf(path);
    await assert.rejects(convert(gguf, { dataFolder: folder.path, threads: 2 }), (error) => {
      assert.ok(error instanceof CheckpointError, String(error));
      assert.equal(error.rule, "gguf.tensor");
      assert.equal(error.message, "x.gguf: tensor output_norm.weight has weights that are not finite numbers");
      return true;
    });
    const left = await Array.fromAsync(Deno.readDir(join(folder.path, "weights")));
    assert.deepEqual(left.filter(({ isDirectory }) => isDirectory), []);
  });
}
