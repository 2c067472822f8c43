/**
 * Kills processes that change a folder of lenses (`kill -9` at random moments) and looks at what is left:
 * `deno run -A tests/crash/lens_store.ts --kills 50 --seed 1`. Ends with 1 and the reason where a promise was broken.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { filesIn, keptLog, sha256Of, SMALL_MODEL, smallLibrary } from "../../lens/library/fixtures/small_library.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { KilledProcess } from "./killed_process.ts";
import { type ChildLine, type Kept, WIDTH } from "./lens_store_child.ts";
import { SeededRandom } from "./seeded_random.ts";

const CHILD = fileURLToPath(new URL("./lens_store_child.ts", import.meta.url));
/** One process for each, all on the same folder. */
const IDS = [["a", "b"], ["c", "d"]] as const;
const LONGEST_LIFE_MS = 250;

export interface CrashCounts {
  kills: number;
  acknowledged: number;
  /** Changes that a kill cut off, and how many of these were made all the same. */
  cutOff: number;
  cutOffMade: number;
}

/** @throws {AssertionError} naming the broken promise */
export async function crashLensStore({ kills, seed }: { kills: number; seed: number }): Promise<CrashCounts> {
  const random = new SeededRandom(seed);
  await using folder = await TemporaryFolder.make();
  const counts: CrashCounts = { kills: 0, acknowledged: 0, cutOff: 0, cutOffMade: 0 };
  const acknowledged = new Map<string, Kept>();
  while (counts.kills < kills) {
    using ended = new DisposableStack();
    const children = IDS.map((ids) =>
      ended.use(new KilledProcess<ChildLine>(CHILD, [folder.path, String(random.below(2 ** 31)), ids.join()]))
    );
    await Promise.all(children.map((child) => child.ready));
    await new Promise((resolve) => setTimeout(resolve, random.fraction() * LONGEST_LIFE_MS));
    const lines = (await Promise.all(children.map((child) => child.kill()))).flat();
    counts.kills++;
    await checkFolder(folder.path, { acknowledged, begun: play(lines, acknowledged, counts), counts });
  }
  return counts;
}

/** Brings `acknowledged` up to date. @returns what was begun and not acknowledged */
function play(lines: readonly ChildLine[], acknowledged: Map<string, Kept>, counts: CrashCounts): Map<string, Kept> {
  const begun = new Map<string, Kept>();
  for (const line of lines) {
    if (line.type === "begin") begun.set(line.id, line.after);
    if (line.type !== "done") continue;
    acknowledged.set(line.id, begun.get(line.id)!);
    begun.delete(line.id);
    counts.acknowledged++;
  }
  return begun;
}

interface Expected {
  readonly acknowledged: Map<string, Kept>;
  readonly begun: ReadonlyMap<string, Kept>;
  readonly counts: CrashCounts;
}

async function checkFolder(folder: string, { acknowledged, begun, counts }: Expected): Promise<void> {
  const log = keptLog();
  await using library = await smallLibrary(folder, { log });
  library.useModel({ ...SMALL_MODEL, dModel: WIDTH });
  const visible = new Map<string, Kept>();
  for (const { record, file, lens } of await library.list()) {
    visible.set(record.id, { sha256: record.sha256, note: record.note! });
    assert.equal(sha256Of(await readFile(file)), record.sha256, `the lens ${record.id} is not whole`);
    assert.notEqual(lens, null);
  }
  for (const id of IDS.flat()) {
    const [is, was] = [visible.get(id) ?? null, acknowledged.get(id) ?? null];
    const cutOff = begun.get(id);
    if (cutOff !== undefined) counts.cutOff++;
    if (isSame(is, was)) continue;
    assert.ok(cutOff !== undefined && isSame(is, cutOff), `${id}: ${show(is)}; acknowledged was ${show(was)}`);
    counts.cutOffMade++;
    acknowledged.set(id, is);
  }
  const blobs = new Set([...visible.values()].map((kept) => `blobs/${kept!.sha256}`));
  assert.deepEqual(await filesIn(folder), [...[...blobs].sort(), ...[...visible.keys()].map((id) => `ids/${id}.json`)]);
  assert.deepEqual(log.lines.filter((line) => !line.startsWith("info")), []);
}

function isSame(one: Kept, other: Kept): boolean {
  return one?.sha256 === other?.sha256 && one?.note === other?.note;
}

function show(kept: Kept): string {
  return kept === null ? "nothing" : `${kept.sha256.slice(0, 8)} by change ${kept.note}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
  });
  const { kills, acknowledged, cutOff, cutOffMade } = await crashLensStore({
    kills: Number(values.kills),
    seed: Number(values.seed),
  });
  console.log(
    `${kills} kills: all of ${acknowledged} acknowledged changes were kept; of ${cutOff} that were cut off, ` +
      `${cutOffMade} were made whole and the rest left nothing`,
  );
}
