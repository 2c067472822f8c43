import assert from "node:assert/strict";
import { join } from "node:path";
import { addKey } from "../../lab/keys/key_file.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { runService } from "../service/running_service.ts";

/** Longer than the file is looked at. */
const LOOKED_MS = 1300;

Deno.test("a key file that is spoiled or gone leaves the keys as they were, and a whole one counts again", async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, "keys.json");
  const ann = (await addKey(file, { id: "ann", role: "read" })).secret;
  const good = await Deno.readTextFile(file);
  await using running = await runService(["--keys", file, "--log-level", "error"]);
  const status = async (secret: string) => {
    const headers = { Authorization: `Bearer ${secret}` };
    const response = await running.post("/probe", { prompt: [5, 6, 7], top_k: 1 }, { headers });
    await response.body?.cancel();
    return response.status;
  };
  const looked = () => new Promise((resolve) => setTimeout(resolve, LOOKED_MS));
  assert.equal(await status(ann), 200);
  for (const spoiled of ["garbage", "", "{}", good.slice(0, good.length / 2), null]) {
    if (spoiled === null) await Deno.remove(file);
    else await Deno.writeTextFile(file, spoiled);
    await looked();
    assert.equal(await status(ann), 200, `after ${JSON.stringify(spoiled)}`);
    assert.equal(await status("wrong"), 401);
    const ready = await fetch(`${running.url}/readyz`);
    await ready.body?.cancel();
    assert.equal(ready.status, 200);
  }
  await Deno.writeTextFile(file, good);
  const bob = (await addKey(file, { id: "bob", role: "read" })).secret;
  await looked();
  assert.deepEqual([await status(ann), await status(bob)], [200, 200]);
});
