import assert from "node:assert/strict";
import { makeSocketFolder, removeFolder, removeOrphanedFolders } from "./socket_folder.ts";

const unix = Deno.build.os !== "windows";

Deno.test({
  name: "makeSocketFolder() makes a folder that only this user may enter",
  ignore: !unix,
  async fn() {
    const made = await makeSocketFolder();
    assert.ok(made);
    assert.equal(((await Deno.stat(made.folder)).mode ?? 0) & 0o777, 0o700);
    await removeFolder(made.folder);
    await removeFolder(made.folder); // what is gone is gone
  },
});

Deno.test({
  name: "removeOrphanedFolders() removes folders whose engine is gone, and no other",
  ignore: !unix,
  async fn() {
    const temporary = await Deno.makeTempDir({ prefix: "e" });
    const make = (name: string) => Deno.mkdir(`${temporary}/${name}`);
    for (const name of ["living", "dead", "starting", "old"]) await make(`midstream-engine-${name}`);
    await make("another-program");
    const living = Deno.listen({ transport: "unix", path: `${temporary}/midstream-engine-living/engine.sock` });
    await abandonSocket(`${temporary}/midstream-engine-dead/engine.sock`);
    await Deno.utime(`${temporary}/midstream-engine-old`, 1000, 1000);
    await removeOrphanedFolders(temporary);
    const left = [...Deno.readDirSync(temporary)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["another-program", "midstream-engine-living", "midstream-engine-starting"]);
    living.close();
    await Deno.remove(temporary, { recursive: true });
  },
});

/** Leaves a socket as a killed process does: there, but nobody listens. */
async function abandonSocket(path: string): Promise<void> {
  const program = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", program], stderr: "null" }).output();
  assert.ok((await Deno.lstat(path)).isSocket);
}
