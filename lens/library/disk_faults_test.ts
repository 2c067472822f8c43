import assert from "node:assert/strict";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { type DiskStep, FaultyDisk } from "./fixtures/faulty_disk.ts";
import { filesIn, filesOf, keptLog, put, sha256Of, smallLens, smallLibrary } from "./fixtures/small_library.ts";
import { type LensLibrary, LensLibraryError } from "./types.ts";

const A = smallLens(1);
const B = smallLens(2);
/** Steps of {@link FaultyDisk} that opening a library takes: three folders are made, two made durable. */
const STEPS_TO_OPEN = 5;
/** After these nothing of the change is to be seen. */
const BEFORE_THE_CHANGE: readonly DiskStep[] = ["create", "write", "sync"];

interface Change {
  readonly title: string;
  readonly before: Readonly<Record<string, Uint8Array>>;
  readonly after: Readonly<Record<string, Uint8Array>>;
  change(library: LensLibrary): Promise<unknown>;
}

const CHANGES: readonly Change[] = [
  {
    title: "an upload",
    before: { other: B },
    after: { other: B, mine: A },
    change: (library) => put(library, "mine", A),
  },
  {
    title: "a replacement",
    before: { mine: A },
    after: { mine: B },
    change: (library) => put(library, "mine", B),
  },
  {
    title: "an upload of bytes that are there",
    before: { other: A },
    after: { other: A, mine: A },
    change: (library) => put(library, "mine", A),
  },
  {
    title: "a replacement of one of two ids of the same bytes",
    before: { other: A, mine: A },
    after: { other: A, mine: B },
    change: (library) => put(library, "mine", B),
  },
  { title: "a deletion", before: { mine: A }, after: {}, change: (library) => library.remove("mine") },
  {
    title: "a deletion of one of two ids of the same bytes",
    before: { other: A, mine: A },
    after: { other: A },
    change: (library) => library.remove("mine"),
  },
];

for (const { title, before, after, change } of CHANGES) {
  for (const then of ["goesOn", "isOver"] as const) {
    const how = then === "goesOn" ? "one step of the disk failing" : "the process ending at any step";
    Deno.test(`${title} leaves the old state or the new, ${how}`, async () => {
      const seen = new Set<string>();
      let steps = 0;
      for (; steps < 100; steps++) {
        await using folder = await TemporaryFolder.make();
        await using good = await smallLibrary(folder.path);
        for (const [id, bytes] of Object.entries(before)) await put(good, id, bytes);
        const disk = new FaultyDisk(STEPS_TO_OPEN + steps, then);
        await using library = await smallLibrary(folder.path, { disk });
        assert.equal(disk.failed, null);
        const error = await change(library).then(() => null, (error: unknown) => error);
        await checkState({ before, after }, folder.path, { disk, error });
        seen.add(`${disk.failed} ${error === null ? "made" : "refused"}`);
        if (disk.failed === null) break;
      }
      assert.ok(steps >= 2 && steps < 100, `${steps} steps`);
      assert.ok(seen.has("null made"));
      const first = title.includes("deletion") ? "remove" : "create";
      assert.ok(seen.has(`${first} refused`), [...seen].join());
    });
  }
}

async function checkState(
  { before, after }: Pick<Change, "before" | "after">,
  folder: string,
  { disk, error }: { disk: FaultyDisk; error: unknown },
): Promise<void> {
  const where = `step ${disk.failAt}: ${disk.failed}, ${error}`;
  const left = await filesIn(folder);
  const [old, now] = [filesOf(before), filesOf(after)];
  if (error === null) assertEither(left.filter(isRecord), [now.filter(isRecord)], where);
  if (error !== null && BEFORE_THE_CHANGE.includes(disk.failed!)) {
    assert.ok(error instanceof LensLibraryError && error.kind === "diskFull", where);
    assertEither(left.filter(isRecord), [old.filter(isRecord)], where);
  }
  // What could not be removed is the next start's; all else is as if the change had never begun, or is made whole.
  if (disk.then === "goesOn" && disk.failed !== "remove") assertEither(left, [old, now], where);

  await using restarted = await smallLibrary(folder);
  assertEither(await filesIn(folder), [old, now], where);
  for (const { record, file } of await restarted.list()) {
    assert.equal(sha256Of(await Deno.readFile(file)), record.sha256, where);
  }
}

function isRecord(name: string): boolean {
  return name.startsWith("ids/");
}

function assertEither(found: string[], allowed: string[][], where: string): void {
  const shown = (files: string[]) => files.join(" ");
  assert.ok(allowed.map(shown).includes(shown(found)), `${where}\n${found.join("\n")}`);
}

Deno.test("an upload into a full disk is refused as that while it comes, and leaves nothing", async () => {
  await using folder = await TemporaryFolder.make();
  const big = smallLens(1, { dModel: 1024 }); // 12 MB: more than the buffers hold.
  const log = keptLog();
  const disk = new FaultyDisk(STEPS_TO_OPEN + 1, "goesOn");
  await using library = await smallLibrary(folder.path, { disk, log });
  await using upload = await library.upload("mine");
  const writing = (async () => {
    for (let at = 0; at < big.length; at += 65536) await upload.write(big.subarray(at, at + 65536));
  })();
  await assert.rejects(writing, (error) => error instanceof LensLibraryError && error.kind === "diskFull");
  assert.equal(disk.failed, "write");
  await upload.abort();
  assert.deepEqual(await filesIn(folder.path), []);
  assert.deepEqual(log.lines, []);
});
