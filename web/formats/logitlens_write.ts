import type { Cell, RankedToken } from "../state/cell.ts";
import type { Picture, Reading } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";

/** What is written, and what got lost on the way; for people. */
export interface LogitlensFile {
  readonly file: object;
  readonly notes: readonly string[];
}

/** Digits after the point, as logitlenskit rounds. */
const DIGITS = 5;

/**
 * One lens at one site as logitlenskit's JSON of version 2, which nnsightful reads too: `positions` and `entropy` are there where
 * its readers need them.
 * @throws {ExportFault} where the picture has no cell there, or a token without a probability
 */
export function writeLogitlens(picture: Picture, reading: Reading, now: Date): LogitlensFile {
  const layers = picture.layers.toSorted((a, b) => a - b);
  const cellsOf = (position: number) => layers.map((layer) => picture.readout(position, layer, reading));
  const all = picture.tokens.map((_, position) => ({ position, cells: cellsOf(position) }));
  const columns = all.filter((column): column is { position: number; cells: Cell[] } => {
    return column.cells.every((cell) => cell !== undefined);
  });
  if (columns.length === 0 || layers.length === 0) {
    throw new ExportFault(`no position has all layers of ${reading.site} by the lens ${reading.lens}`);
  }
  const followed = columns.map(({ cells }) => trajectories(cells));
  const cells = columns.flatMap(({ cells }) => cells);
  const collisions = followed.reduce((sum, { collisions }) => sum + collisions, 0);
  const gaps = followed.reduce((sum, { gaps }) => sum + gaps, 0);
  return {
    file: {
      meta: { version: 2, timestamp: now.toISOString(), model: picture.model },
      layers,
      input: picture.tokens.map(textOf),
      ...columns.length < picture.tokens.length && { positions: columns.map(({ position }) => position) },
      tracked: followed.map(({ probs }) => Object.fromEntries(probs)),
      topk: layers.map((_, row) => columns.map(({ cells }) => cells[row]!.top.map(textOf))),
      ...cells.every(({ entropy }) => entropy !== undefined) && {
        entropy: layers.map((_, row) => columns.map(({ cells }) => rounded(cells[row]!.entropy!))),
      },
    },
    notes: [
      "Tokens are told apart by their text alone, and probabilities have five digits.",
      ...collisions === 0
        ? []
        : [`${collisions} tokens have the text of another at their position: one is left of each text.`],
      ...gaps === 0 ? [] : [`${gaps} probabilities of tokens that are not among a cell's likeliest are written as 0.`],
    ],
  };
}

/** Of one position: every token ever said there, and its probability by layer. */
function trajectories(cells: readonly Cell[]): { probs: Map<string, number[]>; collisions: number; gaps: number } {
  const byId = new Map<string, { text: string; probs: (number | null)[] }>();
  cells.forEach((cell, row) => {
    for (const token of [...cell.tracked, ...cell.top]) {
      if (token.prob === null) {
        throw new ExportFault("logitlenskit's form has probabilities, and this picture's file has none");
      }
      const key = `${token.id} ${token.piece} ${token.text}`;
      const of = byId.get(key) ?? { text: textOf(token), probs: cells.map(() => null) };
      of.probs[row] = rounded(token.prob);
      byId.set(key, of);
    }
  });
  const best = ({ probs }: { probs: (number | null)[] }) => Math.max(...probs.map((prob) => prob ?? 0));
  // The likelier of two tokens of the same text comes last, and stays.
  const tokens = [...byId.values()].sort((a, b) => best(a) - best(b));
  const probs = new Map(tokens.map(({ text, probs }) => [text, probs.map((prob) => prob ?? 0)]));
  const gaps = tokens.reduce((sum, { probs }) => sum + probs.filter((prob) => prob === null).length, 0);
  return { probs, collisions: tokens.length - probs.size, gaps };
}

/** A special token and a byte have no text: their piece stands for them. */
function textOf({ text, piece }: Pick<RankedToken, "text" | "piece">): string {
  return text === "" ? piece : text;
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}
