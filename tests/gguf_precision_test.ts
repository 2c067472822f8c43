import assert from "node:assert/strict";
import { join } from "node:path";
import { SITES } from "../lens/sites.ts";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import { openGguf } from "../model/checkpoint/gguf/open_gguf.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import type { Executor } from "../model/engine/engine.ts";
import { createExecutor } from "../model/engine/executor.ts";
import type { PrecisionChoice } from "../model/engine/precision.ts";
import { GOLDEN } from "./service/golden_files.ts";
import { ggufOf } from "./service/gguf_of.ts";

const IDS = [7, 3, 44, 21, 59, 0, 13, 13, 2, 31, 8, 5];
/** Relative rms over all states: activations as two int8 halves by blocks, a few layers deep. */
const BLOCKS = 2e-4;
const Q16 = 3e-4;

const open = (model: string, precision: PrecisionChoice, cacheFolder: string) =>
  createExecutor({ model, precision, threads: 2, cacheFolder });

for (const name of ["gguf-ok-q8_0", "gguf-ok-mixed-k"]) {
  Deno.test(`auto multiplies the blocks of ${name} near to their exact expansion, and packs them once`, async () => {
    await using folder = await TemporaryFolder.make();
    const model = join(GOLDEN, "badfiles", `${name}.gguf`);
    const exact = await open(model, "f32", folder.path);
    assert.equal(exact.model.precision, "f32");
    const expected = await states(exact);
    const packed = await open(model, "auto", folder.path);
    assert.equal(packed.model.precision, "gguf");
    assert.equal(packed.model.sourceDtype, "Q8_0");
    const found = await states(packed);
    const difference = relativeRms(found, expected);
    assert.ok(difference > 0 && difference <= BLOCKS, `relative rms ${difference}`);
    assert.deepEqual(await states(await open(model, "auto", folder.path)), found);
    assert.deepEqual(weightsIn(folder.path).map((entry) => entry.slice(64)), ["-gguf-f32-v1", "-gguf-v1"]);
  });
}

Deno.test("packed weights that were changed on the disk are written again", async () => {
  await using folder = await TemporaryFolder.make();
  const model = join(GOLDEN, "badfiles", "gguf-ok-mixed-k.gguf");
  const found = await states(await open(model, "auto", folder.path));
  const file = join(folder.path, "weights", weightsIn(folder.path)[0]!, "weights.safetensors");
  const bytes = await Deno.readFile(file);
  bytes[bytes.length - 1]! ^= 0xff;
  await Deno.writeFile(file, bytes);
  assert.deepEqual(await states(await open(model, "auto", folder.path)), found);
});

Deno.test("a GGUF of blocks is not quantised again", async () => {
  await using folder = await TemporaryFolder.make();
  const model = join(GOLDEN, "badfiles", "gguf-ok-q8_0.gguf");
  await assert.rejects(open(model, "q16", folder.path), /gguf-ok-q8_0 is quantised already \(Q8_0\).*auto.*f32/);
  assert.throws(() => weightsIn(folder.path), Deno.errors.NotFound);
});

Deno.test("a GGUF of floats is converted as its folder is", async () => {
  await using folder = await TemporaryFolder.make();
  const model = join(folder.path, "floats.gguf");
  await Deno.writeFile(model, await ggufOf(await openCheckpoint(`${GOLDEN}/architectures/llama-fp16`), 1));
  const expected = await states(await open(model, "f32", folder.path));
  const converted = await open(model, "q16", folder.path);
  assert.equal(converted.model.precision, "q16");
  const difference = relativeRms(await states(converted), expected);
  assert.ok(difference > 0 && difference <= Q16, `relative rms ${difference}`);
});

Deno.test("a GGUF of blocks whose scale is no finite number is refused, naming the tensor", async () => {
  await using folder = await TemporaryFolder.make();
  const model = join(folder.path, "model.gguf");
  const bytes = await Deno.readFile(join(GOLDEN, "badfiles", "gguf-ok-q8_0.gguf"));
  const { offset } = (await openGguf(join(GOLDEN, "badfiles", "gguf-ok-q8_0.gguf"))).tensors
    .get("model.layers.1.mlp.up_proj.weight")!;
  new DataView(bytes.buffer).setUint16(offset + 34, 0x7c00, true);
  await Deno.writeFile(model, bytes);
  for (const precision of ["auto", "f32"] as const) {
    await assert.rejects(open(model, precision, folder.path), /model.gguf: tensor blk.1.ffn_up.weight .*not finite/);
  }
  assert.deepEqual(weightsIn(folder.path), []);
});

Deno.test("a GGUF behind a link of a hub cache is used where its blob lies, under the link's name", async () => {
  await using folder = await TemporaryFolder.make();
  const blob = join(folder.path, "blobs", "0".repeat(64));
  await Deno.mkdir(join(folder.path, "blobs"));
  await Deno.writeFile(blob, await ggufOf(await openCheckpoint(`${GOLDEN}/architectures/llama-head8`), 0));
  const link = join(folder.path, "model.gguf");
  await Deno.symlink(blob, link);
  const executor = await open(link, "f32", folder.path);
  assert.equal(executor.model.id, "model");
  const found = await states(executor);
  const difference = relativeRms(
    found,
    await states(await open(`${GOLDEN}/architectures/llama-head8`, "f32", folder.path)),
  );
  assert.ok(difference < 1e-5, `relative rms ${difference}`);
});

function weightsIn(data: string): string[] {
  return [...Deno.readDirSync(join(data, "weights"))].filter((entry) => entry.isDirectory).map(({ name }) => name)
    .sort();
}

/** Every state of every layer; closes the executor. */
async function states(executor: Executor): Promise<Float32Array> {
  const plan = {
    ids: IDS,
    positions: [...IDS.keys()],
    sites: SITES,
    layers: [...Array(executor.model.layers).keys()],
    dtype: "float32",
    logits: true,
  } as const;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const bytes of executor.activations(plan, new AbortController().signal)) parts.push(bytes.slice());
  await executor.close();
  return new Float32Array(await new Blob(parts).arrayBuffer());
}

function relativeRms(found: Float32Array, expected: Float32Array): number {
  assert.equal(found.length, expected.length);
  let difference = 0;
  let size = 0;
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}
