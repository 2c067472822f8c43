import assert from "node:assert/strict";
import { join } from "node:path";
import { addKey, revokeKey, rotateKey } from "./key_file.ts";
import { KeyFileError } from "./key_record.ts";
import { Keyring } from "./keyring.ts";

function logOf(lines: string[]) {
  const log = (message: string) => void lines.push(message);
  return { debug: log, info: log, warn: log, error: log };
}

Deno.test("Keyring knows who has a secret, and hears of changes", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "keys.json");
  const lines: string[] = [];
  try {
    await assert.rejects(Keyring.open(path, { log: logOf(lines) }), KeyFileError);
    const { secret } = await addKey(path, { id: "ann", role: "upload", quotas: { jobsQueued: 3 } });
    await using keyring = await Keyring.open(path, { log: logOf(lines), lookMs: 3_600_000 });
    assert.deepEqual(keyring.authenticate(secret), { id: "ann", role: "upload", quotas: { jobsQueued: 3 } });
    assert.equal(keyring.authenticate(secret + "x"), null);
    assert.equal(keyring.authenticate(""), null);
    assert.deepEqual(keyring.callerOf("ann"), { id: "ann", role: "upload", quotas: { jobsQueued: 3 } });

    const { secret: renewed } = await rotateKey(path, "ann");
    await keyring.look();
    assert.equal(keyring.authenticate(secret), null);
    assert.equal(keyring.authenticate(renewed)?.id, "ann");

    await Deno.writeTextFile(path, "{");
    await keyring.look();
    assert.equal(keyring.authenticate(renewed)?.id, "ann", "a file that cannot be read takes nobody's key away");
    assert.ok(lines.some((line) => line.includes("stay as they were")));

    await Deno.remove(path);
    await addKey(path, { id: "bob", role: "read" });
    await revokeKey(path, "bob");
    await keyring.look();
    assert.equal(keyring.authenticate(renewed), null);
    assert.equal(keyring.callerOf("ann"), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
