import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { serviceProcess } from "./service_process.ts";

const NOBODY = "65534";
const DENO_FOLDER = fileURLToPath(new URL("../../", import.meta.url));
const LENS = new URL("../../demo/lenses/jacobian.pt", import.meta.url);

/** Whether a program may be run as somebody else, who can read this repository and run Deno. */
async function mayBeNobody(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const args = [
    "--reuid",
    NOBODY,
    "--regid",
    NOBODY,
    "--clear-groups",
    Deno.execPath(),
    "eval",
    "Deno.readDirSync('.')",
  ];
  const env = { DENO_NO_UPDATE_CHECK: "1", HOME: "/nonexistent", DENO_DIR: "/nonexistent" };
  return await new Deno.Command("setpriv", { args, cwd: DENO_FOLDER, env, stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
}

Deno.test({
  name: "a data folder of another user: the service starts, probes, and refuses uploads with 507 until it may write",
  ignore: !await mayBeNobody(),
  async fn() {
    await using data = await TemporaryFolder.make();
    await using cache = await TemporaryFolder.make();
    await Deno.chmod(data.path, 0o755);
    await Deno.chown(cache.path, Number(NOBODY), Number(NOBODY));
    await using service = await serviceProcess(data.path, {
      as: ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"],
      env: { HOME: cache.path, DENO_DIR: cache.path },
    });
    const lens = await Deno.readFile(LENS);
    const put = async () => {
      const response = await fetch(`${service.url}/lenses/mine`, { method: "PUT", body: lens });
      return { status: response.status, body: await response.json() };
    };
    const probe = async () => {
      const response = await service.post("/probe", { prompt: [5, 6, 7], top_k: 1 });
      await response.body?.cancel();
      return response.status;
    };
    const troubles = async () => (await (await fetch(`${service.url}/readyz`)).json()).trouble as string[];

    assert.equal(await probe(), 200);
    const refused = await put();
    assert.deepEqual([refused.status, refused.body.type], [507, "urn:midstream:problem:storage-full"]);
    assert.equal(refused.body.detail, "the data folder cannot be written (EACCES); nothing was kept");
    assert.ok((await troubles()).some((trouble) => /cannot be written/.test(trouble)));
    assert.ok(service.said.some((line) => /no lens can be uploaded/.test(line)), service.said.join("\n"));
    const lenses = await (await fetch(`${service.url}/lenses`)).json();
    assert.ok(lenses.lenses.length > 0);

    await Deno.chown(data.path, Number(NOBODY), Number(NOBODY));
    assert.equal((await put()).status, 201);
    // The jobs try again every second.
    while ((await troubles()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await probe(), 200);
  },
});
