import { type Cost, NO_COST } from "../admission/cost.ts";
import type { Caller } from "../keys/caller.ts";
import { type Bucket, levelOf, waitOf } from "./bucket.ts";
import {
  type QuotaLedger,
  type QuotaState,
  type QuotaUsedUp,
  spentBy,
  tooManyInFlight,
  usedUp,
  WINDOW_SECONDS,
} from "./quotas.ts";

const WINDOW_MS = WINDOW_SECONDS * 1000;

/** Quotas of one process, counted in its memory. */
export class ProcessQuotas implements QuotaLedger {
  readonly #buckets = new Map<string, Bucket>();
  readonly #inFlight = new Map<string, number>();
  readonly #now: () => number;

  /** @param now clock in milliseconds */
  constructor(now: () => number = performance.now.bind(performance)) {
    this.#now = now;
  }

  enter(caller: Caller): Promise<AsyncDisposable> {
    const { id, quotas } = caller;
    const held = this.#inFlight.get(id ?? "") ?? 0;
    if (quotas.requestsInFlight !== undefined && held >= quotas.requestsInFlight) {
      return Promise.reject(tooManyInFlight(caller));
    }
    const broke = this.#refusal(caller, spentBy(caller, NO_COST).map((quota) => ({ ...quota, amount: 1 })));
    if (broke) return Promise.reject(broke);
    this.#inFlight.set(id ?? "", held + 1);
    let holds = true;
    return Promise.resolve({
      [Symbol.asyncDispose]: () => {
        if (holds) this.#leave(id ?? "");
        holds = false;
        return Promise.resolve();
      },
    });
  }

  #leave(key: string): void {
    const held = this.#inFlight.get(key)! - 1;
    if (held === 0) this.#inFlight.delete(key);
    else this.#inFlight.set(key, held);
  }

  spend(caller: Caller, cost: Cost): Promise<void> {
    const now = this.#now();
    const asked = spentBy(caller, cost);
    const broke = this.#refusal(caller, asked);
    if (broke) return Promise.reject(broke);
    for (const quota of asked) {
      this.#buckets.set(`${caller.id} ${quota.name}`, {
        level: this.#level(caller, quota, now) - quota.amount,
        at: now,
      });
    }
    return Promise.resolve();
  }

  /** The refusal that waits longest; null where all can be spent. */
  #refusal(caller: Caller, asked: ReturnType<typeof spentBy>): QuotaUsedUp | null {
    const now = this.#now();
    const waits = asked.map((quota) => waitOf(this.#level(caller, quota, now), quota.amount, quota.size, WINDOW_MS));
    const longest = waits.indexOf(Math.max(...waits));
    return longest >= 0 && waits[longest]! > 0 ? usedUp(caller, asked[longest]!, waits[longest]! / 1000) : null;
  }

  states(caller: Caller): Promise<QuotaState[]> {
    const now = this.#now();
    const spent = spentBy(caller, NO_COST).map((quota): QuotaState => {
      const level = this.#level(caller, quota, now);
      return {
        name: quota.name,
        quota: quota.size,
        windowSeconds: WINDOW_SECONDS,
        remaining: Math.max(0, Math.floor(level)),
        resetSeconds: quota.size === 0 ? WINDOW_SECONDS : Math.ceil((quota.size - level) * WINDOW_SECONDS / quota.size),
      };
    });
    const { requestsInFlight } = caller.quotas;
    if (requestsInFlight === undefined) return Promise.resolve(spent);
    const remaining = Math.max(0, requestsInFlight - (this.#inFlight.get(caller.id ?? "") ?? 0));
    return Promise.resolve([...spent, {
      name: "requests-in-flight",
      quota: requestsInFlight,
      windowSeconds: null,
      remaining,
      resetSeconds: null,
    }]);
  }

  #level(caller: Caller, { name, size }: { readonly name: string; readonly size: number }, now: number): number {
    return levelOf(this.#buckets.get(`${caller.id} ${name}`), size, WINDOW_MS, now);
  }
}
