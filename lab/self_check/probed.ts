import type { CellPlan, DecodedRows, ProbePlan } from "../../model/engine/engine.ts";
import type { CheckContext } from "./check.ts";

/** Tokens of each cell that are compared. */
export const TOP_K = 10;

/** One cell's best tokens, and followed ones. */
export interface ProbedCell {
  readonly ids: readonly number[];
  /** Log-probability of each, in nats. */
  readonly logprobs: readonly number[];
  readonly trackedLogits: readonly number[];
  readonly statistics: readonly number[];
}

/** Cells of one position, in the plan's order, and the model's own output there. */
export interface ProbedPosition {
  readonly position: number;
  readonly output: ProbedCell;
  readonly cells: readonly ProbedCell[];
}

type Asked = Pick<ProbePlan, "cells"> & Partial<ProbePlan>;
type Prompt = Pick<CheckContext, "engine" | "ids" | "positions" | "signal">;

/** What the engine says of a prompt's cells. */
export async function probed(prompt: Prompt, asked: Asked): Promise<ProbedPosition[]> {
  return (await wholeAnswer(prompt, asked)).found;
}

/**
 * Asks the engine, with the sharing of equal rows and the prefix cache switched off unless `asked` says otherwise: each cell
 * is computed and decoded for itself.
 */
export async function wholeAnswer(
  { engine, ids, positions, signal }: Prompt,
  asked: Asked,
): Promise<{ readonly found: ProbedPosition[]; readonly cachedTokens: number }> {
  const plan: ProbePlan = {
    ids,
    positions,
    norm: "own",
    topK: TOP_K,
    tracked: [],
    statistics: [],
    share: false,
    cache: false,
    ...asked,
  };
  let rowOfCell: readonly number[] = [];
  const found: ProbedPosition[] = [];
  let cachedTokens = 0;
  for await (const event of engine.probe(plan, signal)) {
    if (event.type === "start") rowOfCell = event.rowOfCell;
    if (event.type === "end") cachedTokens = event.cachedTokens;
    if (event.type !== "position") continue;
    const cell = (row: number) => cellOf(event.rows, row, plan);
    found.push({ position: event.position, output: cell(0), cells: rowOfCell.map(cell) });
  }
  return { found, cachedTokens };
}

function cellOf(rows: DecodedRows, row: number, { topK, tracked }: ProbePlan): ProbedCell {
  const part = (values: Float32Array | Int32Array, width: number) =>
    Array.from(values.subarray(row * width, (row + 1) * width));
  return {
    ids: part(rows.topIds, topK),
    logprobs: part(rows.topLogits, topK).map((logit) => logit - rows.logSumExp[row]!),
    trackedLogits: part(rows.trackedLogits, tracked.length),
    statistics: rows.statistics.map((values) => values[row]!),
  };
}

/** Cells of all `sites` in `layers`. */
export function cellsOf(sites: readonly CellPlan["site"][], layers: readonly number[]): CellPlan[] {
  return layers.flatMap((layer) => sites.map((site) => ({ site, layer })));
}

/**
 * How far two cells' best tokens lie apart, in nats: the worst difference of a token that both list, and for one that the
 * other has no place for, how far it lies above that one's last.
 */
export function topDistance(a: Pick<ProbedCell, "ids" | "logprobs">, b: Pick<ProbedCell, "ids" | "logprobs">): number {
  if (a.ids.length !== b.ids.length) return Infinity;
  return worst([...oneSided(a, b), ...oneSided(b, a)]);
}

function oneSided(a: Pick<ProbedCell, "ids" | "logprobs">, b: Pick<ProbedCell, "ids" | "logprobs">): number[] {
  return a.ids.map((id, place) => {
    const other = b.ids.indexOf(id);
    const logprob = a.logprobs[place]!;
    if (other < 0) return Math.max(0, logprob - b.logprobs.at(-1)!);
    return Math.abs(logprob - b.logprobs[other]!);
  });
}

/** The largest; NaN where one is, and where there is nothing to compare. */
export function worst(figures: readonly number[]): number {
  return figures.length === 0 ? NaN : figures.reduce((most, figure) => Math.max(most, figure), 0);
}

/** {@link topDistance} of two answers of one shape, cell by cell. */
export function answerDistance(a: readonly ProbedPosition[], b: readonly ProbedPosition[]): number {
  if (a.length !== b.length) return Infinity;
  return worst(a.map((one, index) => {
    const cells = one.cells.map((cell, at) => topDistance(cell, b[index]!.cells[at]!));
    return worst([topDistance(one.output, b[index]!.output), ...cells]);
  }));
}
