/**
 * Makes and runs jobs without end until it is killed: `jobs_child.ts <folder> <seed>`. Says what it was promised on stdout, a
 * JSON line each ({@link ChildLine}). Only for jobs.ts.
 */
import { EmbeddedJobs } from "../../lab/jobs/embedded_store.ts";
import { JobRunner } from "../../lab/jobs/runner.ts";
import { ann, keptLog, NEVER, problemLine, responseLine, ROOMY, smallJob } from "../../lab/jobs/testing/small_jobs.ts";
import { isFinal, type JobRecord, type JobState, type RunPrompts } from "../../lab/jobs/types.ts";
import { SeededRandom } from "./seeded_random.ts";

export type ChildLine =
  | { readonly type: "ready" }
  /** It is there from now on, with so many prompts of that name. */
  | { readonly type: "made"; readonly id: string; readonly total: number; readonly name: string }
  /** Asked for: from now on it may be cancelled, or gone. */
  | { readonly type: "delete"; readonly id: string }
  /** From now on it is final, or gone where `state` is null. */
  | { readonly type: "deleted"; readonly id: string; readonly state: JobState | null };

/** What a prompt of the tests is answered with: it says whose answer it is. */
export function answerLine(index: number, line: string): string {
  return index % 7 === 3 ? problemLine(index) : responseLine(index, line);
}

const UNFINISHED = 6;
const MOST_PROMPTS = 60;

const run: RunPrompts = async function* (prompts, _caller, signal) {
  for (const { index, line } of prompts.toReversed()) {
    signal.throwIfAborted();
    if (index % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    yield { index, line: answerLine(index, line) };
  }
};

async function main(): Promise<void> {
  const [folder = "", seed = "0"] = Deno.args;
  const random = new SeededRandom(Number(seed));
  const store = await EmbeddedJobs.open({ folder, limits: ROOMY, log: keptLog() });
  new JobRunner({
    queue: store,
    run,
    log: keptLog(),
    refuse: ({ index }) => ({ index, line: problemLine(index) }),
    ready: () => Promise.resolve(),
    pieceSize: 8,
    parallel: 2,
  });
  say({ type: "ready" });
  for (let at = 0;; at++) {
    const { queued, running } = await store.counts();
    if (queued + running < UNFINISHED) await make(store, random, `${seed} ${at}`);
    else if (random.below(10) === 0) await end(store, random);
    else await new Promise((resolve) => setTimeout(resolve, random.below(10)));
  }
}

async function make(store: EmbeddedJobs, random: SeededRandom, name: string): Promise<void> {
  const total = 1 + random.below(MOST_PROMPTS);
  const { id } = await store.create(smallJob(total, ann({}, random.pick(["ann", "bob"])), name), NEVER);
  say({ type: "made", id, total, name });
}

/** Cancels or removes one, or pauses it for a moment. */
async function end(store: EmbeddedJobs, random: SeededRandom): Promise<void> {
  const { jobs } = await store.list(() => true, 20);
  if (jobs.length === 0) return;
  const { id, state } = random.pick<JobRecord>(jobs);
  if (!isFinal(state) && random.below(2) === 0) {
    await store.change(id, { paused: true }).then(() => store.change(id, { paused: false })).catch(() => {});
    return;
  }
  say({ type: "delete", id });
  await store.remove(id);
  say({ type: "deleted", id, state: (await store.get(id))?.state ?? null });
}

function say(line: ChildLine): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

if (import.meta.main) await main();
