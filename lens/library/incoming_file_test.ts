import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { localDisk, type NewFile } from "./disk.ts";
import { sha256Of } from "./fixtures/small_library.ts";
import { IncomingFile } from "./incoming_file.ts";

const BYTES = new Uint8Array(3_000_001).map((_, at) => (at * 2654435761) >>> 24);

Deno.test("IncomingFile writes and hashes chunks of any length, each free for reuse at once", async () => {
  await using folder = await TemporaryFolder.make();
  for (const length of [1, 1000, 65536, 262144, 262145, BYTES.length]) {
    const path = join(folder.path, `of-${length}`);
    const incoming = new IncomingFile(path, await localDisk.create(path));
    const bytes = length === 1 ? BYTES.subarray(0, 3000) : BYTES;
    const chunk = new Uint8Array(length);
    for (let at = 0; at < bytes.length; at += length) {
      const part = bytes.subarray(at, at + length);
      chunk.set(part);
      await incoming.write(chunk.subarray(0, part.length));
    }
    assert.equal(await incoming.end(), sha256Of(bytes));
    await incoming.sync();
    await incoming.close();
    assert.equal(incoming.written, bytes.length);
    assert.equal(sha256Of(await Deno.readFile(path)), sha256Of(bytes));
  }
});

Deno.test("IncomingFile passes on what fails behind its back: a write, and an early sync", async () => {
  const fails = (what: "write" | "sync"): NewFile => ({
    write: () => what === "write" ? Promise.reject(new Error("no write")) : Promise.resolve(),
    sync: () => Promise.reject(new Error("no sync")),
    close: () => {},
  });
  const unwritten = new IncomingFile("", fails("write"));
  await unwritten.write(BYTES.subarray(0, 300_000));
  await assert.rejects(unwritten.end(), /no write/);
  await unwritten.close();

  const unsynced = new IncomingFile("", fails("sync"));
  for (let at = 0; at < 100; at++) await unsynced.write(BYTES);
  await unsynced.end();
  await assert.rejects(unsynced.sync(), /no sync/);
  await unsynced.close();
});

Deno.test("localDisk creates a file once, and keeps others from taking it for abandoned", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "new");
  const file = await localDisk.create(path);
  await assert.rejects(localDisk.create(path));
  using other = await Deno.open(path);
  assert.equal(await other.tryLock(true), false);
  file.close();
  assert.equal(await other.tryLock(true), true);
});
