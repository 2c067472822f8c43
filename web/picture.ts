import type {
  Frame,
  OutputFrame,
  PromptToken,
  ReadoutFrame,
  Site,
  StartFrame,
} from "../clients/typescript/midstream.ts";
import type { Place } from "./question.ts";

/** What of a streamed probe has come so far: columns of cells, by position. */
export class Picture {
  #start: StartFrame | null = null;
  readonly #output: OutputFrame[] = [];
  readonly #columns: Map<string, ReadoutFrame>[] = [];
  #rows = 0;

  add(frame: Frame): void {
    if (frame.type === "start") this.#start = frame;
    else if (frame.type === "output") this.#output[frame.position] = frame;
    else if (frame.type === "readout") {
      (this.#columns[frame.position] ??= new Map()).set(`${frame.site}.${frame.layer}`, frame);
      this.#rows += 1;
    }
  }

  /** Null before anything has come. */
  get start(): StartFrame | null {
    return this.#start;
  }

  get tokens(): readonly PromptToken[] {
    return this.#start?.tokens ?? [];
  }

  /** Blocks from the last to the first, as they are shown. */
  get layers(): readonly number[] {
    return this.#start?.layers.toReversed() ?? [];
  }

  /** Cells that have come. */
  get rows(): number {
    return this.#rows;
  }

  /** Cells that will have come. */
  get expectedRows(): number {
    return this.#start?.rows ?? 0;
  }

  cell({ position, layer }: Place, site: Site): ReadoutFrame | OutputFrame | undefined {
    return layer === "output" ? this.#output[position] : this.readout(position, site, layer);
  }

  readout(position: number, site: Site, layer: number): ReadoutFrame | undefined {
    return this.#columns[position]?.get(`${site}.${layer}`);
  }

  *cells(): Generator<ReadoutFrame> {
    for (const column of this.#columns) if (column !== undefined) yield* column.values();
  }
}
