import type { ProbeHooks } from "./admitted_probe.ts";
import { errorFrame, queuedFrame } from "./answer/ndjson.ts";
import { ClientGone } from "./deadline.ts";
import { report, type ServiceContext } from "./env.ts";
import type { Log } from "./parts.ts";
import { problemOf, refusalFor } from "./refuse.ts";

/** Silence after which a proxy may believe a connection dead. */
export const SILENCE_MS = 10_000;
/** A refusal that is known within this time has its own status; later ones are an `error` frame. */
const GRACE_MS = 1000;

/** Work that waits its turn, and how its steps are written as frames. */
export interface StreamedWork<S> {
  begin(hooks: Pick<ProbeHooks, "caller" | "signal" | "onQueued">): AsyncGenerator<S, void>;
  write(steps: AsyncIterable<S>): AsyncGenerator<Uint8Array, void>;
}

/**
 * The frames of some work: `queued` while it waits, its own, and `error` where it fails. Resolves when it has begun, or has to
 * wait, or a second is over.
 * @throws what refuses the work before that, so that the answer still has its status
 */
export async function streamedWork<S>(
  c: ServiceContext,
  log: Log,
  work: StreamedWork<S>,
): Promise<AsyncGenerator<Uint8Array, void>> {
  const waiting = new Waiting();
  const steps = work.begin({
    caller: c.get("caller"),
    signal: c.get("signal"),
    onQueued: (place, ms) => waiting.tell(place, ms),
  });
  const first = steps.next();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, GRACE_MS));
  try {
    await Promise.race([first, waiting.news(), grace]);
  } finally {
    clearTimeout(timer);
  }
  // A failure that comes later is told by the frames.
  first.catch(() => {});
  return frames(c, log, work, waiting, first, steps);
}

async function* frames<S>(
  c: ServiceContext,
  log: Log,
  work: StreamedWork<S>,
  waiting: Waiting,
  first: Promise<IteratorResult<S, void>>,
  steps: AsyncGenerator<S, void>,
): AsyncGenerator<Uint8Array, void> {
  try {
    const begun = first.then(() => true, () => true);
    while (!(await Promise.race([begun, waiting.news().then(() => false)]))) {
      yield queuedFrame(...waiting.take());
    }
    yield* work.write(rest(first, steps));
  } catch (error) {
    const signal = c.get("signal");
    if (signal.reason instanceof ClientGone) return;
    const refusal = refusalFor(signal.aborted ? signal.reason : error, c.get("requestId"), log);
    report(c, { problem: refusal.problem });
    yield errorFrame(problemOf(refusal, c.get("requestId")));
  } finally {
    await steps.return();
  }
}

async function* rest<S>(
  first: Promise<IteratorResult<S, void>>,
  steps: AsyncGenerator<S, void>,
): AsyncGenerator<S, void> {
  for (let step = await first; !step.done; step = await steps.next()) yield step.value;
}

/** The place in the queue, told by the queue and taken by the stream: only the newest counts. */
class Waiting {
  #place: [position: number, waitMs: number] | undefined;
  #news = Promise.withResolvers<void>();

  tell(position: number, waitMs: number): void {
    this.#place = [position, waitMs];
    this.#news.resolve();
  }

  /** Resolves when a place was told that was not taken yet. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  take(): [position: number, waitMs: number] {
    this.#news = Promise.withResolvers();
    return this.#place!;
  }
}
