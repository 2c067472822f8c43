import assert from "node:assert/strict";
import { Admission } from "../lab/admission/admission.ts";
import { DESCRIPTION, memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

const PROMPT = " Once upon a time";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

function parse(file: ArrayBuffer) {
  const length = Number(new DataView(file).getBigUint64(0, true));
  assert.equal(length % 8, 0);
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
  const bytes = (name: string) => file.slice(...(entries[name] as Entry).data_offsets.map((at) => at + 8 + length));
  return { metadata, entries: entries as Record<string, Entry>, bytes, end: file.byteLength - 8 - length };
}

Deno.test("POST /activations is a safetensors file in the promised order and size", async () => {
  const { post } = await testApp();
  const response = await post("/activations", {
    prompt: PROMPT,
    sites: ["resid_post", "attn_out"],
    layers: [-1, 0],
    positions: [1, -1],
    logits: true,
  });
  const file = await response.arrayBuffer();
  assert.equal(Number(response.headers.get("Content-Length")), file.byteLength);
  assert.equal(response.headers.get("Content-Type"), "application/octet-stream");
  const { metadata, entries, bytes, end } = parse(file);
  assert.deepEqual(Object.entries(entries).map(([name, { dtype, shape }]) => [name, dtype, ...shape]), [
    ["positions", "I64", 2],
    ["input_ids", "I64", 5],
    ["attn_out.0", "F32", 2, 8],
    ["resid_post.0", "F32", 2, 8],
    ["attn_out.3", "F32", 2, 8],
    ["resid_post.3", "F32", 2, 8],
    ["logits", "F32", 2, 48],
  ]);
  const offsets = Object.values(entries).flatMap((entry) => entry.data_offsets);
  assert.deepEqual(offsets.slice(1, -1), offsets.slice(1, -1).sort((a, b) => a - b));
  assert.equal(offsets.at(-1), end);
  assert.deepEqual([...new BigInt64Array(bytes("positions"))], [1n, 4n]);
  assert.deepEqual([...new BigInt64Array(bytes("input_ids"))], [1n, 5n, 6n, 7n, 8n]);
  assert.equal(new Float32Array(bytes("resid_post.3"))[8], Math.fround(4 + "resid_post.3".length + 3));
  assert.equal(metadata.model_digest, DESCRIPTION.digest);
  assert.deepEqual(JSON.parse(metadata.pieces), ["<s>", "▁Once", "▁upon", "▁a", "▁time"]);
});

Deno.test("POST /activations gives float16 where it is asked for", async () => {
  const { post } = await testApp();
  const { entries, bytes } = parse(
    await (await post("/activations", { prompt: PROMPT, dtype: "float16", layers: [1] })).arrayBuffer(),
  );
  assert.equal(entries["resid_post.1"]?.dtype, "F16");
  assert.equal(new Float16Array(bytes("resid_post.1"))[0], 4 + "resid_post.1".length + 1);
});

Deno.test("POST /activations breaks the connection when the engine fails on the way", async () => {
  const engine = memoryEngine({
    beforePosition: (layer) => {
      if (layer === 2) throw new Error("lost");
    },
  });
  const admission = new Admission();
  const { post } = await testApp({ engine, admission });
  const response = await post("/activations", { prompt: PROMPT });
  assert.equal(response.status, 200);
  await assert.rejects(response.arrayBuffer());
  assert.equal(admission.running, 0);
});

Deno.test("POST /activations refuses with a status what fails before the first byte", async () => {
  const engine = memoryEngine({ beforePosition: () => Promise.reject(new Error("lost")) });
  const { post } = await testApp({ engine });
  assert.equal((await post("/activations", { prompt: PROMPT })).status, 500);
  const refused = await post("/activations", { prompt: [99], layers: [9], top_k: 1 });
  assert.deepEqual((await refused.json()).errors.map((it: { pointer: string }) => it.pointer), ["/top_k"]);
});

Deno.test("POST /activations frees its place when the client goes away", async () => {
  const admission = new Admission();
  const { post } = await testApp({ admission });
  const unread = await post("/activations", { prompt: PROMPT });
  assert.equal(admission.running, 1);
  await unread.body!.cancel();
  assert.equal(admission.running, 0);
});
