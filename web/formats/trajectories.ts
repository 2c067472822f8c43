import type { Cell, PictureData, RankedToken } from "../state/cell.ts";
import type { Found } from "./found.ts";
import { MAX_FOLLOWED, MAX_LAYER, MAX_PROB } from "./import_limits.ts";
import { tokenOfText } from "./shown_tokens.ts";

/** What logitlenskit's formats say, whatever their version: strings are all that is known of tokens. */
export interface Trajectories {
  readonly model: string;
  readonly lens: string;
  readonly layers: readonly number[];
  readonly tokens: readonly string[];
  /** Which position of the prompt a column of cells is. */
  readonly positions: readonly number[];
  /** By layer, then column. */
  readonly cells: readonly (readonly TopCell[])[];
  /** By column: of each token ever among the likeliest, its probability by layer. */
  readonly followed: readonly ReadonlyMap<string, readonly number[]>[];
}

export interface TopCell {
  readonly top: readonly { readonly text: string; readonly prob: number | null }[];
  /** Nats. */
  readonly entropy?: number;
}

/** Both tools decode what leaves a block, with the model's own norm. */
export function trajectoriesData(read: Trajectories): { data: PictureData; notes: string[] } {
  const { model, lens, layers, tokens, positions, cells, followed } = read;
  const ranked = (text: string, prob: number | null): RankedToken => ({ ...tokenOfText(text), prob, logprob: null });
  const most = Math.floor(MAX_FOLLOWED / Math.max(1, layers.length * positions.length));
  const kept = followed.map((of) => likeliest(of, most));
  const list = layers.flatMap((layer, row) =>
    positions.map((position, column): Cell => {
      const { top, ...statistics } = cells[row]![column]!;
      const tracked = kept[column]!.map(([text, probs]) => ranked(text, probs[row]!));
      return {
        position,
        lens,
        site: "resid_post",
        layer,
        top: top.map(({ text, prob }) => ranked(text, prob)),
        tracked,
        ...statistics,
      };
    })
  );
  const left = followed.some(({ size }) => size > most);
  return {
    data: {
      model,
      lenses: [lens],
      norm: "own",
      tokens: tokens.map(tokenOfText),
      layers: layers.toSorted((a, b) => a - b),
      output: [],
      cells: list,
    },
    notes: [
      "Tokens are told apart by their text alone: the file has no ids.",
      "The file does not say which layer is the model's last: no row is the model's own output.",
      ...model === "" ? ["The file does not name the model."] : [],
      ...left ? [`At each position the ${most} likeliest tokens are followed; the others are left out.`] : [],
      ...doubled(cells),
    ],
  };
}

/** Layers of a file: each once. */
export function readLayers(layers: Found): number[] {
  const list = layers.items().map((layer) => layer.integer(0, MAX_LAYER));
  if (list.length === 0 || new Set(list).size < list.length) throw layers.fault("a list of layers, each once,");
  return list;
}

export function readTrajectory(list: Found, layers: number): number[] {
  return list.exactly(layers, "layer").map((prob) => prob.number(0, MAX_PROB));
}

function likeliest(of: ReadonlyMap<string, readonly number[]>, most: number): [string, readonly number[]][] {
  const all = [...of];
  if (all.length <= most) return all;
  const best = new Map(all.map(([text, probs]) => [text, Math.max(...probs)]));
  return all.sort(([a], [b]) => best.get(b)! - best.get(a)!).slice(0, most);
}

function doubled(cells: Trajectories["cells"]): string[] {
  const count = cells.flat().filter(({ top }) => new Set(top.map(({ text }) => text)).size < top.length).length;
  return count === 0 ? [] : [`${count} cells have two tokens of the same text: the file has one probability for both.`];
}
