import type { BatchEvent, BatchPlan, ProbeEvent, ProbePlan } from "./engine.ts";
import { Mailbox } from "./mailbox.ts";
import { inTrace, traceHere } from "./span.ts";

/** Prompts that are computed together, at most. */
const MOST_PROMPTS = 64;

type RunBatch = (plan: BatchPlan, signal: AbortSignal) => AsyncIterable<BatchEvent>;

/** A short probe that waits for those before it. */
interface Waiting {
  readonly plan: ProbePlan;
  readonly question: string;
  readonly signal: AbortSignal;
  readonly answers: Mailbox<ProbeEvent>;
  readonly trace: ReturnType<typeof traceHere>;
}

/**
 * Short probes that wait for the processor at the same time and ask the same are computed together: a short prompt alone keeps
 * it busy reading weights, several share the reading. Each answers as alone; one that is cancelled leaves the others alone.
 */
export class Gather {
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(readonly run: RunBatch) {}

  /** Nobody waits and nothing runs. */
  get idle(): boolean {
    return !this.#running && this.#waiting.length === 0;
  }

  async *probe(plan: ProbePlan, signal: AbortSignal): AsyncGenerator<ProbeEvent> {
    signal.throwIfAborted();
    const waiting = {
      plan,
      question: questionOf(plan),
      signal,
      answers: new Mailbox<ProbeEvent>(),
      trace: traceHere(),
    };
    this.#waiting.push(waiting);
    const stop = () => waiting.answers.fail(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (!this.#running) this.#runAll();
    try {
      yield* waiting.answers;
    } finally {
      signal.removeEventListener("abort", stop);
      waiting.answers.fail(new Error("nobody reads the answer any more"));
    }
  }

  /** Group after group, until nobody waits. */
  async #runAll(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // Those that arrive together are heard of one after the other.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#next();
      // The trace of the first has what they share.
      if (group.length > 0) await inTrace(group[0]!.trace, () => this.#runGroup(group));
    }
    this.#running = false;
  }

  /** The first that waits, and those behind it that ask the same. */
  #next(): Waiting[] {
    const open = this.#waiting.splice(0).filter(({ answers }) => !answers.closed);
    const group = open.filter(({ question }) => question === open[0]!.question).slice(0, MOST_PROMPTS);
    this.#waiting.push(...open.filter((waiting) => !group.includes(waiting)));
    return group;
  }

  async #runGroup(group: readonly Waiting[]): Promise<void> {
    const { ids: _ids, positions: _positions, ...question } = group[0]!.plan;
    const prompts = group.map(({ plan: { ids, positions } }) => ({ ids, positions }));
    const gone = new AbortController();
    const leave = () => {
      if (group.every(({ signal }) => signal.aborted)) gone.abort(group[0]!.signal.reason);
    };
    for (const { signal } of group) signal.addEventListener("abort", leave, { once: true });
    try {
      for await (const event of this.run({ ...question, prompts }, gone.signal)) {
        if (event.type === "start") { for (const { answers } of group) answers.put(event); }
        else if (event.type === "position") group[event.prompt]!.answers.put(event);
        else if (event.type === "prompt") {
          const { rows, cachedTokens, timing } = event;
          group[event.prompt]!.answers.end({ type: "end", rows, cachedTokens, timing });
        }
      }
    } catch (error) {
      for (const { answers } of group) answers.fail(error);
    } finally {
      for (const { signal } of group) signal.removeEventListener("abort", leave);
    }
  }
}

/** What is asked, without the prompt. */
function questionOf({ ids: _ids, positions: _positions, ...question }: ProbePlan): string {
  return JSON.stringify(question);
}
