import assert from "node:assert/strict";

/** The largest differences found, by what was compared; printed, so that a drift shows before it fails. */
export class Worst {
  readonly #found = new Map<string, number>();

  /** Compares, within `tolerance`; both null is equal. */
  compare(what: string, found: number | null, expected: number | null, tolerance: number, where: string): void {
    if (found === null || expected === null) {
      assert.equal(found, expected, `${what} of ${where}`);
      return;
    }
    const difference = Math.abs(found - expected);
    if (!(difference <= tolerance)) {
      assert.fail(`${what} of ${where}: ${found}, expected ${expected} within ${tolerance}`);
    }
    this.#found.set(what, Math.max(this.#found.get(what) ?? 0, difference));
  }

  /**
   * Compares a list of best tokens: log-probabilities within `tolerance`, ids equal but for neighbours that lie closer
   * together than twice the tolerance.
   */
  compareTop(found: readonly Scored[], expected: readonly Scored[], tolerance: number, where: string): void {
    assert.equal(found.length, expected.length, where);
    for (const [place, { id, logprob }] of expected.entries()) {
      this.compare("logprob", found[place]!.logprob, logprob, tolerance, `${where}, place ${place + 1}`);
      if (found[place]!.id === id) continue;
      const twin = expected.find((other) => other.id === found[place]!.id);
      // A token that the reference has no place for was cut off at its end: it lies close to the last one.
      const gap = Math.abs((twin ?? expected.at(-1)!).logprob - logprob);
      assert.ok(gap < 2 * tolerance, `${where}, place ${place + 1}: id ${found[place]!.id}, expected ${id}`);
      this.#found.set("swaps", (this.#found.get("swaps") ?? 0) + 1);
    }
  }

  print(title: string): void {
    const parts = [...this.#found].map(([what, worst]) =>
      `${what} ${Number.isInteger(worst) ? worst : worst.toExponential(1)}`
    );
    console.log(`  ${title}: worst ${parts.join(", ")}`);
  }
}

export interface Scored {
  readonly id: number;
  readonly logprob: number;
}
