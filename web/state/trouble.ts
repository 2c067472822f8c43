import { type Problem, ProblemError } from "../../clients/typescript/midstream.ts";

/** Why something was not done. */
export interface Trouble {
  /** Null: the service was not reached, or the connection broke. */
  readonly problem: Problem | null;
  /** After which the service says that it may be asked again; null: it does not say. */
  readonly seconds: number | null;
}

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof ProblemError)) return { problem: null, seconds: null };
  return { problem: error.problem, seconds: error.retryAfter ?? null };
}

/** Until a service that is away is asked again. */
const AWAY_SECONDS = 1;

/** Seconds after which the same may be asked again; null: there is a problem, and there would be again. */
export function secondsUntilAgain({ problem, seconds }: Trouble): number | null {
  if (seconds !== null) return seconds;
  // A frame of a stream that a stop of the service ends has no headers, and says no time.
  return problem === null || problem.status === 503 ? AWAY_SECONDS : null;
}

/** Resolves after the seconds, or when the signal is aborted. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** How a question ended that was not answered: it waits until it may be asked again, or is refused for good. */
export type Unanswered =
  | { readonly kind: "refused"; readonly trouble: Trouble }
  | { readonly kind: "waiting"; readonly trouble: Trouble; readonly seconds: number };

/** Asked again only where the service says when. */
export function unanswered(error: unknown): Unanswered {
  const trouble = troubleOf(error);
  const { seconds } = trouble;
  return seconds === null ? { kind: "refused", trouble } : { kind: "waiting", trouble, seconds };
}

/** Tries until it is not told to wait, or the signal is aborted. @param enter hears how each try ended */
export async function untilSettled<Phase extends { readonly kind: string; readonly seconds?: number }>(
  attempt: () => Promise<Phase>,
  enter: (phase: Phase) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const phase = await attempt();
    if (signal.aborted) return;
    enter(phase);
    if (phase.seconds === undefined) return;
    await pause(phase.seconds, signal);
  }
}
