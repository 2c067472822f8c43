/** Graphs that the engine runs. */
export const GRAPHS = ["stage", "head", "translator"] as const;
export type GraphName = (typeof GRAPHS)[number];

/**
 * Upper bounds in seconds. A run cannot be interrupted, so one is meant to last about 100 ms; a large model's stage on a long prompt
 * takes longer.
 */
export const RUN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** How often runs took how long. */
export interface RunHistogram {
  /** Runs of at most each of RUN_SECONDS. */
  readonly atMost: readonly number[];
  readonly runs: number;
  readonly seconds: number;
}

/** Counts how long the runs of each graph took, since the process began. */
export class RunTimes {
  readonly #graphs: Record<GraphName, { atMost: number[]; runs: number; seconds: number }> = {
    stage: none(),
    head: none(),
    translator: none(),
  };

  observe(graph: GraphName, seconds: number): void {
    const times = this.#graphs[graph];
    times.runs++;
    times.seconds += seconds;
    for (const [index, bound] of RUN_SECONDS.entries()) if (seconds <= bound) times.atMost[index]!++;
  }

  get histograms(): Readonly<Record<GraphName, RunHistogram>> {
    return structuredClone(this.#graphs);
  }
}

function none() {
  return { atMost: RUN_SECONDS.map(() => 0), runs: 0, seconds: 0 };
}
