import assert from "node:assert/strict";
import { join } from "node:path";
import { addKey, readKeyFile, revokeKey, rotateKey } from "./key_file.ts";
import { KeyFileError, parseKeyFile } from "./key_record.ts";
import { digestOf } from "./secret.ts";

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(join(folder, "keys.json"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("addKey() keeps the digest and not the secret, readable by nobody else", () =>
  inFolder(async (path) => {
    const { secret } = await addKey(path, { id: "ann", role: "upload", quotas: { rowsPerMinute: 1000 } });
    const text = await Deno.readTextFile(path);
    assert.ok(!text.includes(secret));
    const [record] = await readKeyFile(path);
    assert.equal(record!.sha256, digestOf(secret));
    assert.deepEqual(record!.quotas, { rowsPerMinute: 1000 });
    if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    await assert.rejects(addKey(path, { id: "ann", role: "read" }), KeyFileError);
    await assert.rejects(addKey(path, { id: "../ann", role: "read" }), /cannot be an id/);
    assert.equal((await readKeyFile(path)).length, 1);
  }));

Deno.test("rotateKey() makes the old secret worthless and leaves the rest", () =>
  inFolder(async (path) => {
    const old = await addKey(path, { id: "ann", role: "admin", quotas: { lensBytes: 5 } });
    await addKey(path, { id: "bob", role: "read" });
    const { secret, record } = await rotateKey(path, "ann");
    assert.notEqual(secret, old.secret);
    assert.deepEqual({ ...record, sha256: "" }, { ...old.record, sha256: "" });
    const digests = (await readKeyFile(path)).map(({ sha256 }) => sha256);
    assert.ok(digests.includes(digestOf(secret)) && !digests.includes(digestOf(old.secret)));
  }));

Deno.test("revokeKey() names the keys there are when there is no such one", () =>
  inFolder(async (path) => {
    await addKey(path, { id: "ann", role: "read" });
    await assert.rejects(revokeKey(path, "eve"), /no key "eve"; there are: ann/);
    await revokeKey(path, "ann");
    assert.deepEqual(await readKeyFile(path), []);
  }));

Deno.test("keys made at the same time are all kept", () =>
  inFolder(async (path) => {
    const ids = Array.from({ length: 12 }, (_, i) => `key-${i}`);
    await Promise.all(ids.map((id) => addKey(path, { id, role: "read" })));
    assert.deepEqual((await readKeyFile(path)).map(({ id }) => id).sort(), [...ids].sort());
  }));

Deno.test("parseKeyFile() refuses by name what is wrong", () => {
  const key = { id: "ann", sha256: "0".repeat(64), role: "read", created_at: "2026-01-01T00:00:00Z" };
  const text = (...keys: unknown[]) => JSON.stringify({ keys });
  assert.equal(parseKeyFile(text(key)).length, 1);
  const refused: [string, RegExp][] = [
    ["{", /not JSON/],
    [text({ ...key, role: "root" }), /keys\.0\.role/],
    [text({ ...key, sha256: "ABC" }), /keys\.0\.sha256/],
    [text({ ...key, secret: "x" }), /keys\.0/],
    [text({ ...key, quotas: { rows_per_minute: -1 } }), /keys\.0\.quotas\.rows_per_minute/],
    [text(key, key), /two keys with the id/],
    [text(key, { ...key, id: "bob" }), /two keys with the sha256/],
  ];
  for (const [wrong, message] of refused) assert.throws(() => parseKeyFile(wrong), message);
});
