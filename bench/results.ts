import { dirname } from "node:path";
import type { BenchOptions } from "./options.ts";
import type { Peers } from "./peer_runs.ts";

/** A section: measures, adds its raw figures, prints its tables. */
export type Run = (options: BenchOptions, peers: Peers | undefined, results: Results) => Promise<void>;

/** Raw figures; written after each part, so that a run that is cut off leaves what it had. */
export class Results {
  readonly #all: Record<string, unknown[]> = {};

  constructor(private readonly path: string) {
    Deno.mkdirSync(dirname(path), { recursive: true });
  }

  add(name: string, figures: unknown): void {
    (this.#all[name] ??= []).push(figures);
    Deno.writeTextFileSync(this.path, JSON.stringify(this.#all, null, 1) + "\n");
  }
}
