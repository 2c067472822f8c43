/**
 * Changes lenses without end until it is killed: `lens_store_child.ts <folder> <seed> <id,…>`. Says each change on stdout
 * before it begins and when it is acknowledged, a JSON line each ({@link ChildLine}). Only for lens_store.ts.
 */
import { put, sha256Of, SMALL_MODEL, smallLens, smallLibrary } from "../../lens/library/fixtures/small_library.ts";
import type { LensLibrary } from "../../lens/library/types.ts";
import { SeededRandom } from "./seeded_random.ts";

/** What is under an id: which bytes, and the note that tells which change put it there; null: nothing. */
export type Kept = { readonly sha256: string; readonly note: string } | null;

export type ChildLine =
  | { readonly type: "ready" }
  /** From here on the id may hold `after`. */
  | { readonly type: "begin"; readonly id: string; readonly after: Kept }
  /** From here on it must. */
  | { readonly type: "done"; readonly id: string };

/** Width of the model and its lenses: files of 50 kB. */
export const WIDTH = 64;
const LENSES = 4;

async function main(): Promise<void> {
  const [folder = "", seed = "0", ids = ""] = Deno.args;
  const random = new SeededRandom(Number(seed));
  const library = await smallLibrary(folder);
  library.useModel({ ...SMALL_MODEL, dModel: WIDTH });
  const lenses = Array.from({ length: LENSES }, (_, number) => smallLens(number, { dModel: WIDTH }));
  say({ type: "ready" });
  // Ids of one process change beside each other, so that identical bytes come and go under several at once.
  const changing = ids.split(",").map(async (id) => {
    for (let at = 0;; at++) {
      await random.pick(CHANGES)({
        library,
        id,
        random,
        note: `${at} ${random.fraction()}`,
        bytes: random.pick(lenses),
      });
    }
  });
  await Promise.all(changing);
}

interface Change {
  readonly library: LensLibrary;
  readonly id: string;
  readonly random: SeededRandom;
  readonly note: string;
  readonly bytes: Uint8Array;
}

const CHANGES: readonly ((change: Change) => Promise<void>)[] = [upload, upload, upload, remove, patch, abort, refuse];

async function upload({ library, id, note, bytes }: Change): Promise<void> {
  say({ type: "begin", id, after: { sha256: sha256Of(bytes), note } });
  await put(library, id, bytes, { note });
  say({ type: "done", id });
}

async function remove({ library, id }: Change): Promise<void> {
  if (await library.get(id) === null) return;
  say({ type: "begin", id, after: null });
  await library.remove(id);
  say({ type: "done", id });
}

async function patch({ library, id, note }: Change): Promise<void> {
  const entry = await library.get(id);
  if (entry === null) return;
  say({ type: "begin", id, after: { sha256: entry.record.sha256, note } });
  await library.patch(id, { note });
  say({ type: "done", id });
}

async function abort({ library, id, random, bytes }: Change): Promise<void> {
  await using upload = await library.upload(id);
  await upload.write(bytes.subarray(0, random.below(bytes.length)));
}

async function refuse({ library, id, bytes }: Change): Promise<void> {
  const spoiled = bytes.slice().fill(0xff, bytes.length - 4); // NaN.
  await put(library, id, spoiled).then(() => Promise.reject(new Error("a lens with a NaN was taken")), () => {});
}

function say(line: ChildLine): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

if (import.meta.main) await main();
