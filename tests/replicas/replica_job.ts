import assert from "node:assert/strict";
import type { Replica } from "./replica.ts";

/** What the tests look at of a job. */
export interface SeenJob {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

const WORDS = "Once upon a time there was a little girl who liked to play with her red ball in the big green park near"
  .split(" ");

/** A job of so many prompts, of a question that takes the demo some milliseconds. */
export async function postJob(replica: Replica, total: number, key?: string): Promise<SeenJob> {
  const prompts = Array.from(
    { length: total },
    (_, at) => `${at} ` + WORDS.map((word, i) => i % 7 === at % 7 ? at : word).join(" "),
  );
  const { status, body } = await replica.ask(
    "POST",
    "/jobs",
    { prompts, lenses: ["logit", "tuned"], positions: "all" },
    key,
  );
  assert.equal(status, 202, body);
  return JSON.parse(body);
}

/** As any of the replicas tells it. */
export async function seenJob(replicas: readonly Replica[], id: string, key?: string): Promise<SeenJob> {
  for (const replica of replicas) {
    const answer = await replica.ask("GET", `/jobs/${id}`, undefined, key).catch(() => null);
    if (answer?.status === 200) return JSON.parse(answer.body);
  }
  throw new Error(`no replica tells of the job ${id}`);
}

/** Waits until a job is as asked. @returns it */
export async function jobUntil(
  replicas: () => readonly Replica[],
  id: string,
  is: (job: SeenJob) => boolean,
  key?: string,
): Promise<SeenJob> {
  const end = performance.now() + 120_000;
  for (;;) {
    const job = await seenJob(replicas(), id, key);
    if (is(job)) return job;
    assert.ok(performance.now() < end, `the job stands still: ${JSON.stringify(job)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** @throws {AssertionError} where not every prompt of a job has one response, in order */
export async function checkWhole(replica: Replica, { id, total }: SeenJob, key?: string): Promise<void> {
  const { status, body } = await replica.ask("GET", `/jobs/${id}/result`, undefined, key);
  assert.equal(status, 200, body);
  const lines = body.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ index }) => index), Array.from({ length: total }, (_, index) => index));
  for (const line of lines) assert.ok("response" in line, JSON.stringify(line).slice(0, 300));
}
