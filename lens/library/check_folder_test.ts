import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { filesIn, filesOf, keptLog, put, sha256Of, smallLens, smallLibrary } from "./fixtures/small_library.ts";

const A = smallLens(1);
const B = smallLens(2);

/** Opens a folder that holds A and B after `spoil`, and gives what is left and what was said. */
async function reopened(spoil: (folder: string) => Promise<void>) {
  await using folder = await TemporaryFolder.make();
  {
    await using library = await smallLibrary(folder.path);
    await put(library, "a", A);
    await put(library, "b", B);
  }
  await spoil(folder.path);
  const log = keptLog();
  await using library = await smallLibrary(folder.path, { log });
  const files = await filesIn(folder.path);
  const reasons = files.filter((name) => name.endsWith(".reason.txt"));
  return {
    log: log.lines,
    ids: (await library.list()).map(({ record }) => record.id),
    kept: files.filter((name) => !name.startsWith("set-aside/")),
    aside: files.filter((name) => name.startsWith("set-aside/") && !name.endsWith(".reason.txt"))
      .map((name) => name.replace(/^set-aside\/[0-9TZ.]+-/, "")).sort(),
    reasons: await Promise.all(reasons.map((name) => Deno.readTextFile(join(folder.path, name)))),
  };
}

const blobA = (folder: string) => join(folder, "blobs", sha256Of(A));
const recordA = (folder: string) => join(folder, "ids", "a.json");

Deno.test("start-up leaves a whole folder as it is, and says nothing", async () => {
  const { kept, ids, aside, log } = await reopened(() => Promise.resolve());
  assert.deepEqual({ kept, ids, aside, log }, { kept: filesOf({ a: A, b: B }), ids: ["a", "b"], aside: [], log: [] });
});

Deno.test("start-up clears what a process that is no more was writing, not what another one is", async () => {
  let other: Disposable | null = null;
  const { kept } = await reopened(async (folder) => {
    await Deno.writeTextFile(join(folder, "incoming", "gone"), "x");
    const file = await Deno.open(join(folder, "incoming", "busy"), { create: true, write: true });
    await file.lock(true);
    other = file;
  });
  (other as Disposable | null)?.[Symbol.dispose]();
  assert.deepEqual(kept, [...filesOf({ a: A, b: B }), "incoming/busy"]);
});

Deno.test("start-up removes a blob that no record names", async () => {
  const { kept, aside } = await reopened((folder) => Deno.remove(recordA(folder)));
  assert.deepEqual({ kept, aside }, { kept: filesOf({ b: B }), aside: [] });
});

Deno.test("start-up sets aside a record whose blob is missing", async () => {
  const { kept, ids, aside, reasons, log } = await reopened((folder) => Deno.remove(blobA(folder)));
  assert.deepEqual({ kept, ids, aside }, { kept: filesOf({ b: B }), ids: ["b"], aside: ["a.json"] });
  assert.match(reasons[0]!, /missing/);
  assert.match(log[0]!, /^error: set aside.*a\.json/);
});

Deno.test("start-up sets aside a blob of another length with its record", async () => {
  const { kept, ids, aside } = await reopened((folder) => Deno.truncate(blobA(folder), 100));
  assert.deepEqual({ kept, ids, aside }, {
    kept: filesOf({ b: B }),
    ids: ["b"],
    aside: [sha256Of(A), "a.json"],
  });
});

Deno.test("start-up sets aside a record that cannot be read, and keeps the bytes that may be its", async () => {
  const spoiled: [string, RegExp][] = [
    ["", /JSON/],
    [`{"version": 1}`, /id/],
    ["[]", /./],
  ];
  for (const [text, reason] of spoiled) {
    const { kept, ids, aside, reasons } = await reopened((folder) => Deno.writeTextFile(recordA(folder), text));
    assert.deepEqual({ kept, ids, aside }, {
      kept: filesOf({ b: B }),
      ids: ["b"],
      aside: [sha256Of(A), "a.json"],
    });
    assert.ok(reasons.some((one) => reason.test(one)), reasons.join());
  }
});

Deno.test("start-up sets aside a record whose tensors lie beyond its file, and one under another name", async () => {
  const { aside, reasons } = await reopened(async (folder) => {
    const text = await Deno.readTextFile(recordA(folder));
    await Deno.writeTextFile(recordA(folder), text.replace(/"offset":\d+/, `"offset":100000`));
  });
  assert.ok(aside.includes("a.json") && reasons.some((one) => /beyond/.test(one)), reasons.join());
  const { aside: renamed, kept } = await reopened((folder) => Deno.rename(recordA(folder), join(folder, "ids/c.json")));
  assert.ok(renamed.includes("c.json"));
  assert.deepEqual(kept, filesOf({ b: B }));
});

Deno.test("start-up leaves a newer service's record and its bytes alone", async () => {
  const { kept, ids, aside, log } = await reopened(async (folder) => {
    const text = await Deno.readTextFile(recordA(folder));
    await Deno.writeTextFile(recordA(folder), text.replace(`"version":1`, `"version":2`));
  });
  assert.deepEqual({ kept, ids, aside }, { kept: filesOf({ a: A, b: B }), ids: ["b"], aside: [] });
  assert.match(log[0]!, /newer version/);
});
