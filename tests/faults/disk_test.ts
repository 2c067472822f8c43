import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { runMain } from "../service/run_main.ts";
import { runService } from "../service/running_service.ts";

/** A disk of its own, of some bytes; null where this user may not mount one. */
async function smallDisk(bytes: number): Promise<(AsyncDisposable & { readonly path: string }) | null> {
  const folder = await TemporaryFolder.make();
  const mount = (program: string, ...args: string[]) =>
    new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output().then(
      ({ success }) => success,
      () => false,
    );
  if (!await mount("mount", "-t", "tmpfs", "-o", `size=${bytes},mode=0755`, "tmpfs", folder.path)) {
    await folder[Symbol.asyncDispose]();
    return null;
  }
  return {
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await mount("umount", "-l", folder.path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const disk = Deno.build.os === "linux" ? await smallDisk(1 << 20) : null;
const mayMount = disk !== null;
await disk?.[Symbol.asyncDispose]();
const LENS = new URL("../../demo/lenses/jacobian.pt", import.meta.url);

interface Ready {
  readonly status: string;
  readonly trouble: readonly string[];
}

Deno.test({
  name:
    "a full disk: uploads are refused with 507, /readyz says so, probes go on, and room makes all well without a restart",
  ignore: !mayMount,
  async fn() {
    const lens = await Deno.readFile(LENS);
    await using small = (await smallDisk(2 * lens.byteLength + (1 << 20)))!;
    await using running = await runService(["--data", small.path]);
    const ready = async () => await (await fetch(`${running.url}/readyz`)).json() as Ready;
    const put = async (id: string) => {
      const response = await running.put(id, lens);
      return { status: response.status, body: await response.json() };
    };
    const probes = async () => await running.json("/probe", { prompt: [5, 6, 7], top_k: 1 });

    assert.equal((await put("before")).status, 201);
    const filler = join(small.path, "filler");
    await fill(filler);
    const { status, body } = await put("meanwhile");
    assert.deepEqual([status, body.type], [507, "urn:midstream:problem:storage-full"]);
    assert.equal(body.detail, "the disk is full; nothing was kept");
    const troubles = (await ready()).trouble;
    assert.ok(troubles.some((trouble) => /disk is full/.test(trouble)), troubles.join());
    await probes();
    assert.equal((await fetch(`${running.url}/lenses/before`)).status, 200);

    await Deno.remove(filler);
    assert.deepEqual((await ready()).trouble, []);
    assert.equal((await put("afterwards")).status, 201);
    await probes();
  },
});

Deno.test({
  name: "a full disk at a conversion: one clear line, nothing left behind, and the next start with room converts",
  ignore: !mayMount,
  async fn() {
    await using small = (await smallDisk(8 << 20))!;
    const filler = join(small.path, "filler");
    await fill(filler);
    const ended = await runMain(["--data", small.path, "--precision", "q8"]);
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /the disk of the data folder has .* free some/);
    assert.ok(!/\n\s+at /.test(ended.stderr), "a stack trace");
    await Deno.remove(filler);
    await using running = await runService(["--data", small.path, "--precision", "q8"]);
    await running.json("/probe", { prompt: [5, 6, 7], top_k: 1 });
  },
});

/** Writes until there is no room. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  for (let bytes = 1 << 16; bytes >= 512;) {
    try {
      await file.write(new Uint8Array(bytes));
    } catch {
      bytes >>= 1;
    }
  }
}
