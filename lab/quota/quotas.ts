import type { Caller, Quotas } from "../keys/caller.ts";
import type { Cost } from "../admission/cost.ts";

/** A minute of a key's quota lasts so long, in seconds. */
export const WINDOW_SECONDS = 60;

/** What is left of one quota. */
export interface QuotaState {
  readonly name: QuotaName;
  /** So many in a window. */
  readonly quota: number;
  /** Seconds; null for what is held rather than spent. */
  readonly windowSeconds: number | null;
  readonly remaining: number;
  /** Seconds until there is all of it again; null for what is held. */
  readonly resetSeconds: number | null;
}

/** Names in headers and messages. */
export type QuotaName = "prompt-tokens" | "rows" | "requests-in-flight" | "jobs";

/** The key may not have more of this now. Thrown before any work is done for the request. */
export class QuotaUsedUp extends Error {
  override readonly name = "QuotaUsedUp";
  constructor(message: string, readonly retryAfterSeconds: number) {
    super(message);
  }
}

/** Spends and holds what keys have, wherever that is counted: in this process, or for all replicas together. */
export interface QuotaLedger {
  /**
   * Takes a place among the key's requests in flight, until disposed.
   * @throws {QuotaUsedUp} where there is none, and where the minute's tokens or rows are spent whatever this request takes
   */
  enter(caller: Caller): Promise<AsyncDisposable>;
  /**
   * Spends tokens and rows: both, or nothing.
   * @throws {QuotaUsedUp} with the exact seconds until there is enough
   */
  spend(caller: Caller, cost: Cost): Promise<void>;
  /** What the caller has left; empty where nothing of it is bounded. */
  states(caller: Caller): Promise<QuotaState[]>;
}

/** The quotas of a minute, and what of a cost each counts. */
export const SPENT = [
  { name: "prompt-tokens", words: "prompt tokens", of: "promptTokensPerMinute", amount: (cost: Cost) => cost.tokens },
  { name: "rows", words: "rows", of: "rowsPerMinute", amount: (cost: Cost) => cost.rows },
] as const satisfies readonly {
  readonly name: QuotaName;
  readonly words: string;
  readonly of: keyof Quotas;
  readonly amount: (cost: Cost) => number;
}[];

/** The bounded ones of a caller, with their size and what a cost takes of each. */
export function spentBy({ quotas }: Caller, cost: Cost) {
  return SPENT.flatMap(({ of, ...quota }) => {
    const size = quotas[of];
    return size === undefined ? [] : [{ ...quota, size, amount: quota.amount(cost) }];
  });
}

/** A request in flight is answered at some time; nobody knows when. */
const IN_FLIGHT_RETRY_SECONDS = 1;

export function tooManyInFlight({ id, quotas }: Caller): QuotaUsedUp {
  return new QuotaUsedUp(
    `the key ${id} has ${quotas.requestsInFlight} requests in flight, and may have no more: wait for one`,
    IN_FLIGHT_RETRY_SECONDS,
  );
}

export function usedUp({ id }: Caller, quota: { words: string; size: number }, seconds: number): QuotaUsedUp {
  const wait = Math.max(1, Math.ceil(seconds));
  return new QuotaUsedUp(`the key ${id} has used up its ${quota.size} ${quota.words} a minute: wait ${wait} s`, wait);
}
