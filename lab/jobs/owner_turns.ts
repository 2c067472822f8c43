/** Someone's job that waits. */
export interface WaitingJob {
  readonly id: string;
  readonly owner: string | null;
}

/** Owners in turn: who was served longest ago is next, and of one owner the oldest job. */
export class OwnerTurns {
  /** Turn in which an owner was served last. */
  readonly #served = new Map<string | null, number>();
  #turn = 0;

  /**
   * The order in which jobs are served, as things stand.
   * @param waiting oldest first
   * @param busy owners one of whose jobs runs: they come when the others have had theirs
   */
  order<J extends WaitingJob>(waiting: readonly J[], busy: ReadonlySet<string | null> = new Set()): J[] {
    const lines = Map.groupBy(waiting, ({ owner }) => owner);
    const owners = [...lines.keys()].sort((a, b) =>
      Number(busy.has(a)) - Number(busy.has(b)) || this.#lastServed(a) - this.#lastServed(b)
    );
    const longest = Math.max(0, ...[...lines.values()].map((line) => line.length));
    return Array.from({ length: longest }, (_, round) => owners.flatMap((owner) => lines.get(owner)![round] ?? []))
      .flat();
  }

  /** Notes that an owner is served now. */
  serve(owner: string | null): void {
    this.#served.set(owner, ++this.#turn);
  }

  /** Forgets those whose jobs are all done. */
  keep(owners: ReadonlySet<string | null>): void {
    for (const owner of this.#served.keys()) if (!owners.has(owner)) this.#served.delete(owner);
  }

  #lastServed(owner: string | null): number {
    return this.#served.get(owner) ?? 0;
  }
}
