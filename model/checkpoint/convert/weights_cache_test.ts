import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../folder.ts";
import { floatCheckpoint } from "../gguf/float_checkpoint.ts";
import { GGUF_WEIGHTS } from "../gguf/gguf_weights.ts";
import { openGguf } from "../gguf/open_gguf.ts";
import { packedCheckpoint } from "../gguf/packed_checkpoint.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { convert } from "./convert.ts";
import { listWeights, removeWeights } from "./weights_cache.ts";

const GOLDEN = new URL("../../../tests/golden/architectures/", import.meta.url).pathname;

Deno.test("listWeights() knows what was converted, what a killed start left, and what is none of it", async () => {
  await using data = await TemporaryFolder.make();
  assert.deepEqual(await listWeights(data.path), []);
  const source = await openCheckpoint(`${GOLDEN}llama-gqa-tied`, { id: "a model" });
  const folder = await convert(source, "q4", { dataFolder: data.path, threads: 1 });
  await Deno.mkdir(folder.replace("q4-v1", "q16-v1.partial"));
  await Deno.mkdir(join(data.path, "weights", "notes"));
  const found = await listWeights(data.path);
  assert.deepEqual(found.map(({ id, kind, partial, stale }) => ({ id, kind, partial, stale })), [
    { id: "a model", kind: "q4", partial: false, stale: false },
    { id: null, kind: "q16", partial: true, stale: false },
  ]);
  assert.ok(found[0]!.bytes > 100_000);
  for (const one of found) await removeWeights(data.path, one);
  assert.deepEqual(await listWeights(data.path), []);
  assert.ok((await Deno.stat(join(data.path, "weights", "notes"))).isDirectory);
});

Deno.test("listWeights() knows what becomes of a GGUF, each kind by its own format", async () => {
  await using data = await TemporaryFolder.make();
  const gguf = await openGguf(new URL("../badfiles/gguf-ok-q8_0.gguf", `file://${GOLDEN}`).pathname, { id: "blocks" });
  await packedCheckpoint(gguf, { dataFolder: data.path });
  await floatCheckpoint(gguf, { dataFolder: data.path });
  const listed = async () => {
    const found = (await listWeights(data.path)).map(({ id, kind, partial, stale }) => [kind, id, partial, stale]);
    return found.sort();
  };
  assert.deepEqual(await listed(), [["gguf", "blocks", false, false], ["gguf-f32", "blocks", false, false]]);
  const folder = join(data.path, "weights", `${gguf.digest.replace("sha256:", "")}-gguf`);
  const { format } = GGUF_WEIGHTS.packed;
  await Deno.rename(`${folder}-v${format}`, `${folder}-v${format + 1}`);
  assert.deepEqual(await listed(), [["gguf", "blocks", false, true], ["gguf-f32", "blocks", false, false]]);
});
