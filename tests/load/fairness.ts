import type { KeyedService } from "./keyed_service.ts";

/** What one key's probes took, one after the other. */
export interface Times {
  readonly medianMs: number;
  readonly worstMs: number;
  readonly count: number;
}

/** Asks again and again, `lanes` at a time, until stopped; a refusal waits as it says. */
export class Load {
  readonly #stop = new AbortController();
  readonly #lanes: Promise<void>[];
  /** Vectors decoded, and prompt tokens, of the answers so far. */
  rows = 0;
  answers = 0;

  constructor(keyed: KeyedService, key: string, path: string, body: (turn: number) => unknown, lanes: number) {
    this.#lanes = Array.from({ length: lanes }, (_, lane) => this.#run(keyed, key, path, body, lane));
  }

  async #run(
    keyed: KeyedService,
    key: string,
    path: string,
    body: (turn: number) => unknown,
    lane: number,
  ): Promise<void> {
    for (let turn = lane; !this.#stop.signal.aborted; turn += 1000) {
      const answer = await keyed.ask(key, path, body(turn), this.#stop.signal).catch(() => null);
      if (answer?.status === 200) {
        this.rows += JSON.parse(answer.text).usage.rows;
        this.answers++;
      } else if (answer?.status === 429) {
        await new Promise((resolve) => setTimeout(resolve, 200));
      } else if (answer) {
        throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#lanes);
  }
}

/** Times of `count` probes of a key, one after the other. */
export async function timesOf(
  keyed: KeyedService,
  key: string,
  body: (turn: number) => unknown,
  count: number,
): Promise<Times> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const began = performance.now();
    const { status, text } = await keyed.ask(key, "/probe", body(turn));
    if (status !== 200) throw new Error(`the light probe was answered ${status}: ${text.slice(0, 300)}`);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[times.length >> 1]!, worstMs: times.at(-1)!, count };
}

/** Token ids that no cache knows: another prompt each turn. */
export function freshPrompt(tokens: number, turn: number, vocabulary: number): number[] {
  let state = turn * 2654435761 + tokens;
  return Array.from({ length: tokens }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 3 + state % (vocabulary - 3);
  });
}

/** Whether the light times keep what issue and README promise beside those alone. */
export function keepsPromise(alone: Times, beside: Times): boolean {
  return beside.medianMs <= 2 * alone.medianMs + 250 && beside.worstMs <= 4 * alone.worstMs + 250;
}
