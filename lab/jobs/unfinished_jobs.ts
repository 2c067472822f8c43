import type { EmbeddedLease } from "./embedded_lease.ts";
import type { TabledJob } from "./job_table.ts";
import { OwnerTurns } from "./owner_turns.ts";
import type { ResultCounts } from "./results_file.ts";
import type { JobRecord } from "./types.ts";

/** A job that is not final, as this process knows it. */
export interface UnfinishedJob {
  job: TabledJob;
  counts: ResultCounts;
  /** Someone runs it; `"opening"`: is about to. */
  lease: EmbeddedLease | "opening" | null;
}

/** The jobs that wait or run, in memory: what of them is done, who runs them, and who is next. */
export class UnfinishedJobs {
  readonly #jobs = new Map<string, UnfinishedJob>();
  readonly #turns = new OwnerTurns();

  get(id: string): UnfinishedJob | undefined {
    return this.#jobs.get(id);
  }

  set(job: TabledJob, counts: ResultCounts): void {
    const known = this.#jobs.get(job.record.id);
    if (known) known.job = job;
    else this.#jobs.set(job.record.id, { job, counts, lease: null });
  }

  delete(id: string): void {
    this.#jobs.delete(id);
    this.#turns.keep(new Set([...this.#jobs.values()].map(({ job }) => job.record.owner)));
  }

  get running(): number {
    return this.#leased().length;
  }

  /** Bytes of their result lines. */
  get resultBytes(): number {
    return [...this.#jobs.values()].reduce((sum, { counts }) => sum + counts.bytes, 0);
  }

  leases(): EmbeddedLease[] {
    return [...this.#jobs.values()].flatMap(({ lease }) => lease === null || lease === "opening" ? [] : lease);
  }

  /** Takes the next job for whoever asks, of the owners in turn; undefined where none waits. */
  take(): UnfinishedJob | undefined {
    const next = this.#order()[0];
    if (next === undefined) return undefined;
    this.#turns.serve(next.owner);
    const taken = this.#jobs.get(next.id)!;
    taken.lease = "opening";
    return taken;
  }

  /** Place among those that wait, from 1. */
  position(id: string): number | null {
    return this.#order().findIndex((waiting) => waiting.id === id) + 1 || null;
  }

  /** Whether owners wait of whose jobs none runs. */
  othersWait(): boolean {
    const busy = this.#busy();
    return this.#waiting().some(({ owner }) => !busy.has(owner));
  }

  #order(): JobRecord[] {
    return this.#turns.order(this.#waiting(), this.#busy());
  }

  #waiting(): JobRecord[] {
    return [...this.#jobs.values()].filter(({ job, lease }) => lease === null && !job.record.paused)
      .map(({ job }) => job.record).sort((a, b) => a.id < b.id ? -1 : 1);
  }

  #leased(): UnfinishedJob[] {
    return [...this.#jobs.values()].filter(({ lease }) => lease !== null);
  }

  #busy(): Set<string | null> {
    return new Set(this.#leased().map(({ job }) => job.record.owner));
  }
}
