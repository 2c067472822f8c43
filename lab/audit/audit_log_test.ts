import assert from "node:assert/strict";
import { join } from "node:path";
import { AuditLog } from "./audit_log.ts";

const SOURCE = { key: "ann", address: "127.0.0.1", requestId: "r" };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

Deno.test("AuditLog appends one JSON object a line, and begins a new file when one is full", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      await using audit = new AuditLog(join(folder, "new"), { log: quiet, fileBytes: 1200 });
      for (let i = 0; i < 12; i++) audit.write({ event: "lens.put", lens: `lens-${i}` }, SOURCE);
    }
    const read = async (name: string) =>
      (await Deno.readTextFile(join(folder, "new", name))).trim().split("\n").map((line) => JSON.parse(line));
    const lines = [...await read("audit.1.jsonl"), ...await read("audit.jsonl")];
    assert.deepEqual(lines.map(({ lens }) => lens), Array.from({ length: 12 }, (_, i) => `lens-${i}`));
    const { time, ...first } = lines[0];
    assert.deepEqual(first, { key: "ann", address: "127.0.0.1", request_id: "r", event: "lens.put", lens: "lens-0" });
    assert.ok(Date.parse(time) > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("AuditLog that cannot be written says so, and stops nobody", async () => {
  const folder = await Deno.makeTempDir();
  const said: string[] = [];
  try {
    await Deno.writeTextFile(join(folder, "file"), "");
    {
      await using audit = new AuditLog(join(folder, "file"), {
        log: { ...quiet, error: (message: string) => void said.push(message) },
      });
      audit.write({ event: "lens.delete", lens: "mine" }, SOURCE);
    }
    assert.equal(said.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
