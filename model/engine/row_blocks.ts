import type { DecodedRows } from "./engine.ts";

/** Part of the rows to decode, small enough for one run of the head. */
export interface RowBlock {
  /** Indices into the chunk's positions. */
  readonly from: number;
  readonly to: number;
  /**
   * Rows of each position, as indices into its row plan: first 0, the model's output; then those that the block answers; then
   * those that they are compared with and that another block answers.
   */
  readonly rows: readonly number[];
  /** How many of `rows` the block answers, row 0 counted in each. */
  readonly answered: number;
  /** Whether these are a position's last rows. */
  readonly last: boolean;
}

/**
 * Cuts positions × rows into blocks of about `target` rows: several whole positions where they fit, else one position in
 * pieces, each of which carries along the output row, from which the divergences are measured.
 *
 * @param against for each row of a position the one it is compared with, or null
 */
export function* rowBlocks(
  positions: number,
  against: readonly (number | null)[],
  target: number,
): Generator<RowBlock> {
  const count = against.length;
  const together = Math.max(1, Math.floor(target / count));
  const compares = against.some((row) => row !== null);
  const step = count <= target ? count : Math.max(1, Math.floor((target - 1) / (compares ? 2 : 1)));
  const pieces: Omit<RowBlock, "from" | "to">[] = [];
  for (let from = 1; from < count || pieces.length === 0; from += step) {
    const to = Math.min(from + step, count);
    const answered = [0, ...Array.from({ length: to - from }, (_, i) => from + i)];
    const others = answered.map((row) => against[row] ?? 0).filter((row) => row !== 0 && (row < from || row >= to));
    pieces.push({ rows: [...answered, ...new Set(others)], answered: answered.length, last: to >= count });
  }
  for (let from = 0; from < positions; from += together) {
    for (const piece of pieces) yield { from, to: Math.min(from + together, positions), ...piece };
  }
}

/** One position's rows out of a run of `rowsPerPosition` rows each. Views, not copies. */
export function rowsOf(decoded: DecodedRows, from: number, to: number): DecodedRows {
  const part = <A extends Int32Array | Float32Array>(array: A) => {
    const width = array.length / decoded.count;
    return array.subarray(from * width, to * width) as A;
  };
  return {
    count: to - from,
    topIds: part(decoded.topIds),
    topLogits: part(decoded.topLogits),
    logSumExp: part(decoded.logSumExp),
    entropy: part(decoded.entropy),
    trackedLogits: part(decoded.trackedLogits),
    trackedRanks: part(decoded.trackedRanks),
    statistics: decoded.statistics.map(part),
  };
}

/** The pieces of one position as one, in the order of its row plan. */
export function joinRows(pieces: readonly DecodedRows[]): DecodedRows {
  if (pieces.length === 1) return pieces[0]!;
  const parts = pieces.map((piece, index) => index === 0 ? piece : rowsOf(piece, 1, piece.count));
  const ints = (pick: (rows: DecodedRows) => Int32Array) => {
    const arrays = parts.map(pick);
    return filled(new Int32Array(total(arrays)), arrays);
  };
  const floats = (pick: (rows: DecodedRows) => Float32Array) => {
    const arrays = parts.map(pick);
    return filled(new Float32Array(total(arrays)), arrays);
  };
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    topIds: ints((rows) => rows.topIds),
    topLogits: floats((rows) => rows.topLogits),
    logSumExp: floats((rows) => rows.logSumExp),
    entropy: floats((rows) => rows.entropy),
    trackedLogits: floats((rows) => rows.trackedLogits),
    trackedRanks: ints((rows) => rows.trackedRanks),
    statistics: parts[0]!.statistics.map((_, index) => floats((rows) => rows.statistics[index]!)),
  };
}

function total(arrays: readonly { readonly length: number }[]): number {
  return arrays.reduce((sum, array) => sum + array.length, 0);
}

function filled<A extends Int32Array | Float32Array>(whole: A, arrays: readonly A[]): A {
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}
