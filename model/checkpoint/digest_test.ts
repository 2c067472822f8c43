import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileDigest, modelDigest } from "./digest.ts";
import { DigestCache } from "./digest_cache.ts";
import { openCheckpoint } from "./folder.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

const SHARDED = new URL("../../tests/golden/architectures/llama-sharded", import.meta.url).pathname;
const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
/** Long settled: a file written just now is not remembered. */
const OLD = new Date("2024-01-01T00:00:00Z");

async function write(path: string, text: string, modified = OLD): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, modified, modified);
}

Deno.test("modelDigest() is the sha256 of the sorted lines of config.json and every shard, in any order", async () => {
  const names = ["config.json", ...[1, 2, 3, 4].map((n) => `model-0000${n}-of-00004.safetensors`)];
  const lines = names.map((name) => `${sha256(Deno.readFileSync(join(SHARDED, name)))}  ${name}\n`);
  lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const wanted = `sha256:${sha256(lines.join(""))}`;
  assert.equal((await openCheckpoint(SHARDED)).digest, wanted);
  const files = names.map((name) => ({ name, path: join(SHARDED, name) }));
  assert.equal(await modelDigest(files.reverse()), wanted);
});

Deno.test("fileDigest() takes a hub cache's blob by its name, and hashes everything else", async () => {
  await using folder = await TemporaryFolder.make();
  await Deno.mkdir(join(folder.path, "blobs"));
  const named = "0123456789abcdef".repeat(4);
  for (
    const [path, wanted] of [[`blobs/${named}`, named], [`blobs/${"a".repeat(40)}`, sha256("x")], [named, sha256("x")]]
  ) {
    await write(join(folder.path, path!), "x");
    assert.equal(await fileDigest(join(folder.path, path!)), wanted);
  }
  await assert.rejects(fileDigest(join(folder.path, "absent")), { message: "absent: not found" });
});

Deno.test("DigestCache remembers a file until its size or modification time changes", async () => {
  await using folder = await TemporaryFolder.make();
  const cacheFolder = join(folder.path, "made", "on", "demand");
  const path = join(folder.path, "weights");
  const digest = async () => {
    const cache = await DigestCache.open(cacheFolder);
    const hex = await fileDigest(path, cache);
    await cache.save();
    return hex;
  };
  await write(path, "one");
  assert.equal(await digest(), sha256("one"));
  // Same size and time: the remembered one is given, which shows that the file is not read again.
  await write(path, "two");
  assert.equal(await digest(), sha256("one"));
  await write(path, "two", new Date("2024-01-02T00:00:00Z"));
  assert.equal(await digest(), sha256("two"));
  await write(path, "three", new Date("2024-01-02T00:00:00Z"));
  assert.equal(await digest(), sha256("three"));
  assert.deepEqual([...Deno.readDirSync(cacheFolder)].map(({ name }) => name), ["file-digests.json"]);
});

Deno.test("fileDigest() does not remember a file written a moment ago", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "weights");
  const cache = await DigestCache.open(folder.path);
  const now = new Date();
  await write(path, "one", now);
  assert.equal(await fileDigest(path, cache), sha256("one"));
  await write(path, "two", now);
  assert.equal(await fileDigest(path, cache), sha256("two"));
});

Deno.test("DigestCache does without a cache file that is damaged, foreign or cannot be written", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "weights");
  await write(path, "one");
  const bad = { size: 3, modified: String(BigInt(OLD.getTime()) * 1_000_000n), sha256: "not hex" };
  const file = join(folder.path, "file-digests.json");
  const contents = ["", "{", "null", "[]", '{"version":9,"files":[]}', '{"version":1,"files":{}}'];
  for (
    const text of [...contents, JSON.stringify({ version: 1, files: [[path, bad], [path], null, 7, [path, null]] })]
  ) {
    await Deno.writeTextFile(file, text);
    const cache = await DigestCache.open(folder.path);
    assert.equal(await fileDigest(path, cache), sha256("one"), text);
    await cache.save();
    assert.equal(JSON.parse(await Deno.readTextFile(file)).files.length, 1, text);
  }
  const blocked = await DigestCache.open(path);
  assert.equal(await fileDigest(path, blocked), sha256("one"));
  await blocked.save();
});
