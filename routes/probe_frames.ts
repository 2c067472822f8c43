import type { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import { admittedProbe, type ProbeParts, type ProbeStep } from "./admitted_probe.ts";
import type { ProbeAnswer } from "./answer/answer.ts";
import { endFrame, errorFrame, positionFrames, queuedFrame, startFrame } from "./answer/ndjson.ts";
import { ClientGone } from "./deadline.ts";
import { report, type ServiceContext } from "./env.ts";
import { problemOf, refusalFor } from "./refuse.ts";

/**
 * The frames of a probe. Resolves when the work has begun, or has to wait, or `graceMs` are over.
 * @throws what refuses the probe before that, so that the answer still has its status
 */
export async function probeFrames(
  request: ProbeRequest,
  parts: ProbeParts,
  c: ServiceContext,
  graceMs: number,
): Promise<AsyncGenerator<Uint8Array, void>> {
  report(c, { prompt: request.prompt });
  const waiting = new Waiting();
  const steps = admittedProbe(request, parts, { signal: c.get("signal"), onQueued: (place) => waiting.tell(place) });
  const first = steps.next();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
  try {
    await Promise.race([first, waiting.news(), grace]);
  } finally {
    clearTimeout(timer);
  }
  // A failure that comes later is told by the frames.
  first.catch(() => {});
  return frames(first, steps, waiting, parts, c);
}

async function* frames(
  first: Promise<IteratorResult<ProbeStep, void>>,
  steps: AsyncGenerator<ProbeStep, void>,
  waiting: Waiting,
  parts: ProbeParts,
  c: ServiceContext,
): AsyncGenerator<Uint8Array, void> {
  try {
    const begun = first.then(() => true, () => true);
    while (!(await Promise.race([begun, waiting.news().then(() => false)]))) {
      yield queuedFrame(waiting.take(), waiting.ms);
    }
    let answer: ProbeAnswer | undefined;
    for (let step = await first; !step.done; step = await steps.next()) {
      if (step.value.type === "start") {
        answer = step.value.answer;
        yield startFrame(answer);
      } else if (step.value.type === "position") {
        yield positionFrames(answer!, step.value.position, step.value.rows);
      } else {
        report(c, { ...step.value.bill.usage, ...step.value.bill.timing });
        yield endFrame(step.value.bill);
      }
    }
  } catch (error) {
    const signal = c.get("signal");
    if (signal.reason instanceof ClientGone) return;
    const refusal = refusalFor(signal.aborted ? signal.reason : error, c.get("requestId"), parts.log);
    report(c, { problem: refusal.problem });
    yield errorFrame(problemOf(refusal, c.get("requestId")));
  } finally {
    await steps.return();
  }
}

/** The place in the queue, told by the queue and taken by the stream: only the newest counts. */
class Waiting {
  readonly #began = performance.now();
  #place: number | undefined;
  #news = Promise.withResolvers<void>();

  get ms(): number {
    return performance.now() - this.#began;
  }

  tell(place: number): void {
    this.#place = place;
    this.#news.resolve();
  }

  /** Resolves when a place was told that was not taken yet. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  take(): number {
    this.#news = Promise.withResolvers();
    return this.#place!;
  }
}
