import assert from "node:assert/strict";
import { join } from "node:path";
import type { Checkpoint } from "../checkpoint.ts";
import { openCheckpoint } from "../folder.ts";
import { readSafetensorsHeader } from "../safetensors.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { convert } from "./convert.ts";
import { openConverted } from "./open_converted.ts";
import { RECORD_FILE, VALUES_FILE, weightsFolder } from "./weights_folder.ts";

const GOLDEN = new URL("../../../tests/golden/architectures/", import.meta.url).pathname;
const source: Checkpoint = await openCheckpoint(`${GOLDEN}llama-gqa-tied`);

/** Converts, and counts the bytes that were read for it: 0 where the weights were there. */
async function read(dataFolder: string, threads = 2): Promise<number> {
  let bytes = 0;
  await convert(source, "q16", { dataFolder, threads, onProgress: (done) => bytes = done });
  return bytes;
}

const values = (dataFolder: string) => join(weightsFolder(dataFolder, source.digest, "q16").path, VALUES_FILE);
const names = async (folder: string) => (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("convert() writes a safetensors file of every weight once, whatever the number of threads", async () => {
  await using one = await TemporaryFolder.make();
  await using three = await TemporaryFolder.make();
  assert.ok(await read(one.path, 1) > 0);
  assert.equal(await read(one.path), 0);
  await read(three.path, 3);
  assert.deepEqual(await Deno.readFile(values(one.path)), await Deno.readFile(values(three.path)));
  const { entries } = await readSafetensorsHeader(values(one.path));
  assert.ok(entries.has("lm_head.weight.high") && entries.has("model.embed_tokens.weight"));
  const folder = weightsFolder(one.path, source.digest, "q16").path;
  assert.deepEqual(await names(folder), [VALUES_FILE, RECORD_FILE].sort());
  const converted = await openConverted(source, "q16", folder, "u8s8-stacked");
  assert.equal(converted.matrices!.size, 7 * source.config.layers + 1);
  assert.ok([...converted.tensors.keys()].every((name) => /norm|embed/.test(name)));
});

Deno.test("convert() takes nothing half written for weights: a killed start, a cut file, a changed byte", async () => {
  await using data = await TemporaryFolder.make();
  const folder = weightsFolder(data.path, source.digest, "q16");
  await Deno.mkdir(folder.partial, { recursive: true });
  await Deno.writeFile(join(folder.partial, VALUES_FILE), new Uint8Array(1000));
  await read(data.path);
  const whole = await Deno.readFile(values(data.path));

  await Deno.truncate(values(data.path), whole.length - 1);
  assert.ok(await read(data.path) > 0);
  const changed = Uint8Array.from(whole);
  changed[whole.length - 5]! ^= 1;
  await Deno.writeFile(values(data.path), changed);
  assert.ok(await read(data.path) > 0);
  await Deno.remove(join(folder.path, RECORD_FILE));
  assert.ok(await read(data.path) > 0);
  assert.deepEqual(await Deno.readFile(values(data.path)), whole);
});

Deno.test("convert() knows a copy of its file by its digests", async () => {
  await using data = await TemporaryFolder.make();
  await read(data.path);
  await Deno.utime(values(data.path), 1, 1);
  assert.equal(await read(data.path), 0);
});

Deno.test("convert() run twice at once converts once", async () => {
  await using data = await TemporaryFolder.make();
  const both = await Promise.all([read(data.path), read(data.path)]);
  assert.equal(both.filter((bytes) => bytes > 0).length, 1);
});

Deno.test("convert() says in words that the data folder cannot be written, and leaves nothing", async () => {
  await using data = await TemporaryFolder.make();
  await Deno.writeTextFile(join(data.path, "weights"), "a file is in the way");
  await assert.rejects(read(data.path), (error: Error) => {
    assert.match(error.message, /^converted weights cannot be written to the data folder \(E[A-Z]+\)$/);
    return true;
  });
  const gone: Checkpoint = {
    ...source,
    tensors: new Map([...source.tensors].map(([name, tensor]) => [name, { ...tensor, file: `${tensor.file}.gone` }])),
  };
  await using other = await TemporaryFolder.make();
  await assert.rejects(convert(gone, "q16", { dataFolder: other.path, threads: 2 }), (error: Error) => {
    assert.match(error.message, /model\.safetensors\.gone: not found/);
    return true;
  });
  assert.deepEqual((await names(join(other.path, "weights"))).filter((name) => !name.endsWith(".lock")), []);
});
