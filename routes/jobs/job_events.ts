import { isFinal, type JobRecord, type JobStore } from "../../lab/jobs/types.ts";
import { Draining } from "../../lab/admission/admission.ts";
import { ALWAYS, headers, refusals } from "../../openapi/responses.ts";
import { type Job, JobFrame, jobIdParameter } from "../../openapi/schemas/job.ts";
import { bodyStream } from "../answer/body_stream.ts";
import { errorFrame, lines, pingFrame } from "../answer/ndjson.ts";
import { withPings } from "../answer/with_pings.ts";
import { ClientGone } from "../deadline.ts";
import type { ServiceContext } from "../env.ts";
import type { Operation } from "../operation.ts";
import { problemOf, refusalFor } from "../refuse.ts";
import { SILENCE_MS } from "../streamed_work.ts";
import { type JobParts, OF_JOBS, pathJob } from "./job_parts.ts";
import { jobView, noJob, visibleJob } from "./jobs_of.ts";

/** Between two frames: a job of short prompts has hundreds of changes a second. */
const INTERVAL_MS = 200;
/** Within this time a stop of the service is told. */
const LOOK_MS = 1000;

/** GET /jobs/{job_id}/events: the job, whenever it has changed. */
export function jobEvents(parts: JobParts & { readonly silenceMs?: number }): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/jobs/{job_id}/events",
      operationId: "streamJobEvents",
      tags: ["jobs"],
      summary: "Follow a job",
      description:
        "The job as it is, and again whenever it has changed, until it has ended. Any number may listen, at any " +
        "time; nothing depends on them. The last frame is `end` or `error`.",
      request: { params: jobIdParameter },
      responses: {
        200: {
          description: "Frames, one a line (NDJSON).",
          headers: headers({}),
          content: { "application/x-ndjson": { schema: JobFrame } },
        },
        ...refusals("not-found", ...OF_JOBS, ...ALWAYS),
      },
    },
    async handler(c) {
      const store = await parts.jobs;
      const job = await visibleJob(store, c.get("caller"), pathJob(c));
      const frames = withPings(jobFrames(job, store, parts, c), parts.silenceMs ?? SILENCE_MS, pingFrame);
      return c.body(bodyStream(c, inTime(frames, c)), 200, { "Content-Type": "application/x-ndjson" });
    },
  };
}

/** A listener is not late as long as it listens: the request's time counts from the last frame. */
async function* inTime(frames: AsyncGenerator<Uint8Array, void>, c: ServiceContext): AsyncGenerator<Uint8Array, void> {
  for await (const frame of frames) {
    c.get("extend")();
    yield frame;
  }
}

async function* jobFrames(
  { id }: JobRecord,
  store: JobStore,
  { draining, log }: JobParts,
  c: ServiceContext,
): AsyncGenerator<Uint8Array, void> {
  const stopped = new AbortController();
  const signal = AbortSignal.any([c.get("signal"), stopped.signal]);
  let told = "";
  try {
    for (;;) {
      const record = await store.get(id);
      if (record === null) throw noJob(id);
      const job = await jobView(store, record);
      if (isFinal(job.state)) {
        yield frame("end", job);
        return;
      }
      const text = JSON.stringify(job);
      if (text !== told) yield frame("progress", job);
      told = text;
      await nextChange(store.changed(id, record, signal), draining);
      await pause(INTERVAL_MS, signal);
    }
  } catch (error) {
    const { reason, aborted } = c.get("signal");
    if (reason instanceof ClientGone) return;
    const refusal = refusalFor(aborted ? reason : error, c.get("requestId"), log);
    yield errorFrame(problemOf(refusal, c.get("requestId")));
  } finally {
    stopped.abort();
  }
}

const frame = (type: "progress" | "end", job: Job) => lines([{ type, job }]);

/** @throws {Draining} when the service stops meanwhile */
async function nextChange(change: Promise<void>, draining: () => boolean): Promise<void> {
  const changed = change.then(() => true);
  // What it throws after the last look is nobody's news.
  changed.catch(() => {});
  do {
    if (draining()) throw new Draining();
  } while (!(await Promise.race([changed, pause(LOOK_MS)])));
}

/** Resolves to false after `ms`, or when the signal is aborted. */
function pause(ms: number, signal?: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve(false);
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
