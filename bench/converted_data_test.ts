import assert from "node:assert/strict";
import { bytesOf, catSeconds, evict, weightFiles, withData } from "./converted_data.ts";

Deno.test("weights are found, counted and read once; a folder of its own goes with the work, a given one stays", async () => {
  const given = await Deno.makeTempDir();
  try {
    const own = await withData(undefined, (data) => Deno.writeTextFile(`${data}/x`, "x").then(() => data));
    await assert.rejects(Deno.stat(own));
    await withData(`${given}/kept`, (data) => Deno.writeTextFile(`${data}/b.safetensors`, "12345"));
    await Deno.writeTextFile(`${given}/kept/a.safetensors`, "123");
    await Deno.writeTextFile(`${given}/kept/config.json`, "{}");
    const files = await weightFiles(`${given}/kept`);
    assert.deepEqual(files.map((file) => file.slice(-13)), ["a.safetensors", "b.safetensors"]);
    assert.equal(await bytesOf(files), 8);
    await evict(files);
    assert.ok(await catSeconds(files) > 0);
  } finally {
    await Deno.remove(given, { recursive: true });
  }
});
