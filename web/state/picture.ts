import type { Frame, ReadoutFrame } from "../../clients/typescript/midstream.ts";
import type { Cell, OutputCell, PictureData, ShownToken } from "./cell.ts";
import type { Place } from "./question.ts";

/** Where a cell of a position lies in the model, and which lens reads there. */
export interface Reading {
  readonly lens: string;
  readonly site: string;
}

/** What of a streamed probe has come so far, or all of a file: columns of cells, by position. */
export class Picture {
  /** The frames that came, as they came: what an export holds. */
  readonly frames: Frame[] = [];
  model = "";
  lenses: readonly string[] = [];
  norm: string | null = null;
  tokens: readonly ShownToken[] = [];
  /** Blocks from the last to the first, as they are shown. */
  layers: readonly number[] = [];
  warnings: readonly string[] = [];
  /** Cells that have come, and that will have come. */
  rows = 0;
  expectedRows = 0;
  readonly #output: OutputCell[] = [];
  /** By position, lens, site and layer: a key made of them would be made anew for every cell that is drawn. */
  readonly #columns: Map<string, Map<string, Map<number, Cell>>>[] = [];

  static of({ model, lenses, norm, tokens, layers, output, cells }: PictureData): Picture {
    const picture = new Picture();
    Object.assign(picture, { model, lenses, norm, tokens, layers: layers.toReversed(), expectedRows: cells.length });
    for (const cell of output) picture.#output[cell.position] = cell;
    for (const cell of cells) picture.#put(cell);
    return picture;
  }

  add(frame: Frame): void {
    if (frame.type === "queued" || frame.type === "ping") return;
    this.frames.push(frame);
    if (frame.type === "start") {
      this.model = frame.model.id;
      this.lenses = frame.lenses.map(({ id }) => id);
      this.norm = frame.norm;
      this.tokens = frame.tokens;
      this.layers = frame.layers.toReversed();
      this.warnings = frame.warnings;
      this.expectedRows = frame.rows;
    } else if (frame.type === "output") this.#output[frame.position] = frame;
    else if (frame.type === "readout") this.#put(frame);
  }

  /** Is there anything to show? */
  get begun(): boolean {
    return this.tokens.length > 0;
  }

  output(position: number): OutputCell | undefined {
    return this.#output[position];
  }

  readout(position: number, layer: number, { lens, site }: Reading): Cell | undefined {
    return this.#columns[position]?.get(lens)?.get(site)?.get(layer);
  }

  /** The cell of a place, which is the model's own for the output. */
  cell({ position, layer }: Place, reading: Reading): Cell | OutputCell | undefined {
    return layer === "output" ? this.output(position) : this.readout(position, layer, reading);
  }

  *cells(): Generator<Cell> {
    for (const column of this.#columns) {
      for (const sites of column?.values() ?? []) for (const cells of sites.values()) yield* cells.values();
    }
  }

  #put(cell: Cell | ReadoutFrame): void {
    const column = this.#columns[cell.position] ??= new Map();
    const sites = kept(column, cell.lens, () => new Map<string, Map<number, Cell>>());
    kept(sites, cell.site, () => new Map<number, Cell>()).set(cell.layer, cell);
    this.rows += 1;
  }
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
