import assert from "node:assert/strict";
import { join } from "node:path";
import { SITES } from "../lens/sites.ts";
import { openCheckpoint } from "../model/checkpoint/folder.ts";
import { ggufOf } from "./service/gguf_of.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import { createExecutor } from "../model/engine/executor.ts";
import { architectures, GOLDEN } from "./service/golden_files.ts";

/** Relative to the largest value of a state (numerics.md); both sides have one. */
const TOLERANCE = 4e-5;
const IDS = [7, 3, 44, 21, 59, 0, 13, 13, 2, 31, 8, 5];

for (const name of architectures()) {
  Deno.test(`${name} as a GGUF computes every state of its folder`, async () => {
    const folder = `${GOLDEN}/architectures/${name}`;
    const { config, dtype } = await readConfig(folder);
    await using temporary = await TemporaryFolder.make();
    const file = join(temporary.path, `${name}.gguf`);
    await Deno.writeFile(file, await ggufOf(await openCheckpoint(folder), dtype === "F16" ? 1 : 0));
    const expected = await states(folder, config.layers, temporary.path);
    const found = await states(file, config.layers, temporary.path);
    assert.equal(found.length, expected.length);
    const width = config.dModel * IDS.length;
    for (let at = 0; at < expected.length; at += width) {
      const part = expected.subarray(at, at + width);
      const largest = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [i, value] of part.entries()) {
        assert.ok(Math.abs(found[at + i]! - value) <= TOLERANCE * largest, `${at + i}: ${found[at + i]}, not ${value}`);
      }
    }
    // Where everything is stored as floats, nothing is written beside it.
    assert.ok(![...Deno.readDirSync(temporary.path)].some((entry) => entry.name === "weights"));
  });
}

async function readConfig(folder: string) {
  const { config, dtype } = await openCheckpoint(folder);
  return { config, dtype };
}

async function states(model: string, layers: number, cacheFolder: string): Promise<Float32Array> {
  const executor = await createExecutor({ model, precision: "f32", threads: 2, cacheFolder });
  const plan = {
    ids: IDS,
    positions: [...IDS.keys()],
    sites: SITES,
    layers: [...Array(layers).keys()],
    dtype: "float32",
    logits: true,
  } as const;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const bytes of executor.activations(plan, new AbortController().signal)) parts.push(bytes.slice());
  await executor.close();
  return new Float32Array(await new Blob(parts).arrayBuffer());
}
