import assert from "node:assert/strict";
import { join } from "node:path";
import { namedModel } from "./named_model.ts";
import { COMMIT_A, TestHub } from "./test_hub.ts";

const FILES = {
  "config.json": new TextEncoder().encode("{}"),
  "model.safetensors": new Uint8Array(100),
  "q4.gguf": new Uint8Array(50),
};

Deno.test("namedModel() takes a folder that exists, and fetches what does not under the name that the hub knows", async () => {
  const cache = await Deno.makeTempDir();
  await using hub = new TestHub([{ id: "ada/tiny", commits: { [COMMIT_A]: FILES }, refs: { main: COMMIT_A } }]);
  const env = { HF_HOME: cache, HF_ENDPOINT: hub.endpoint };
  try {
    assert.deepEqual(await namedModel(cache, env), { model: cache });
    assert.deepEqual(hub.requests, []);
    const fetched = await namedModel("ada/tiny", env);
    assert.equal(fetched.id, "ada/tiny");
    assert.deepEqual(await Deno.readFile(join(fetched.model, "model.safetensors")), FILES["model.safetensors"]);
    const gguf = await namedModel("ada/tiny:q4.gguf", env);
    assert.equal(gguf.id, "ada/tiny:q4.gguf");
    assert.deepEqual(await Deno.readFile(gguf.model), FILES["q4.gguf"]);
    // A slip in a path is no model of the hub.
    assert.deepEqual(await namedModel("./missing", env), { model: "./missing" });
    await assert.rejects(namedModel("ada/none", env), { name: "HubError", kind: "notFound" });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
