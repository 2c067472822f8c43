import type { DecodedRows, ProbeEvent, ProbePlan } from "./engine.ts";
import { concatenated, type Forward, type StatesOfChunk } from "./forward.ts";
import type { HeadSession } from "./head_session.ts";
import type { PrefixCache } from "./prefix_cache.ts";
import { joinRows, rowBlocks, rowsOf } from "./row_blocks.ts";
import { planRows, type RowPlan } from "./row_plan.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Translators } from "./translators.ts";

export interface ProbeParts {
  readonly forward: Forward;
  readonly head: HeadSession;
  readonly translators: Translators;
  readonly cache: PrefixCache;
  /** Tokens of a prompt that go through a stage together. */
  readonly chunkTokens: number;
  /** Rows that go through the head together. */
  readonly rowBlock: number;
}

/** Bytes of kept states that a chunk may hold: more positions than that take several chunks. */
const STATE_BYTES = 128 * 2 ** 20;
/** Below this a chunk's matrix products waste the processor. */
const LEAST_CHUNK_TOKENS = 32;

/** Runs a plan: forward chunk by chunk, and after each chunk its rows through the head. */
export async function* probe(parts: ProbeParts, plan: ProbePlan, signal: AbortSignal): AsyncGenerator<ProbeEvent> {
  const { forward } = parts;
  const { layers, dModel } = forward.checkpoint.config;
  const rowPlan = planRows(plan.cells, layers, plan.share);
  yield { type: "start", rowOfCell: rowPlan.rowOfCell, rowsPerPosition: rowPlan.rows.length };

  const watch = new Stopwatch();
  // Attention is causal: tokens after the last position asked for change nothing.
  const ids = Int32Array.from(plan.ids.slice(0, plan.positions.at(-1)! + 1));
  const wanted = { positions: plan.positions, states: new Set(rowPlan.rows.map(({ state }) => state)) };
  const positionBytes = rowPlan.rows.length * dModel * Float32Array.BYTES_PER_ELEMENT;
  const many = plan.positions.length > 1 ? Math.floor(STATE_BYTES / positionBytes) : Infinity;
  const chunkTokens = Math.min(
    parts.chunkTokens,
    Math.max(LEAST_CHUNK_TOKENS, many),
    plan.chunkTokens ?? Infinity,
  );

  const cache = plan.cache === false ? null : parts.cache;
  let rows = 0;
  let cachedTokens: number | null = null;
  for await (const chunk of watch.around("forward", forward.byChunk(ids, wanted, chunkTokens, signal, cache))) {
    cachedTokens ??= chunk.from;
    for await (const event of watch.around("lens", decodeChunk(parts, plan, rowPlan, chunk, signal))) {
      rows += event.rows.count;
      yield event;
    }
  }
  const timing = { waitMs: 0, forwardMs: watch.ms("forward"), lensMs: watch.ms("lens") };
  yield { type: "end", timing, rows, cachedTokens: cachedTokens ?? 0 };
}

type PositionEvent = Extract<ProbeEvent, { type: "position" }>;

async function* decodeChunk(
  { forward, head, translators, rowBlock }: ProbeParts,
  plan: ProbePlan,
  rowPlan: RowPlan,
  chunk: StatesOfChunk,
  signal: AbortSignal,
): AsyncGenerator<PositionEvent> {
  const { dModel } = forward.checkpoint.config;
  const sources = await translated(translators, plan, rowPlan, chunk, signal);
  const target = Math.min(rowBlock, head.rowsPerRun(plan.tracked.length));
  const against = rowPlan.rows.map((row) => row.against);
  const compares = against.some((row) => row !== null);
  let pieces: DecodedRows[] = [];
  for (const block of rowBlocks(chunk.positions.length, against, target)) {
    const positions = chunk.positions.slice(block.from, block.to);
    const rows = new Float32Array(positions.length * block.rows.length * dModel);
    let at = 0;
    for (let index = block.from; index < block.to; index++) {
      for (const row of block.rows) {
        rows.set(sources[row]!.subarray(index * dModel, (index + 1) * dModel), at);
        at += dModel;
      }
    }
    const decoded = await forward.turns.take(signal, () =>
      head.run({
        rows,
        positions: positions.length,
        rowsPerPosition: block.rows.length,
        norm: plan.norm,
        topK: plan.topK,
        tracked: plan.tracked,
        nextIds: positions.map((position) => plan.ids[position + 1] ?? null),
        statistics: plan.statistics,
        ...(compares ? { against: block.rows.map((row) => placeOf(block.rows, against[row]!)) } : {}),
      }));
    for (const [index, position] of positions.entries()) {
      const first = index * block.rows.length;
      pieces.push(rowsOf(decoded, first, first + block.answered));
      if (!block.last) continue;
      yield { type: "position", position, rows: joinRows(pieces) };
      pieces = [];
    }
  }
}

/** Where a row of the plan stands in a block; null for none, and for one whose answer another block gives. */
function placeOf(rows: readonly number[], row: number | null): number | null {
  const place = row === null ? -1 : rows.indexOf(row);
  return place < 0 ? null : place;
}

/**
 * Each row of the plan for all positions of the chunk, [positions, dModel]: its state, through its translator. The rows of one
 * translator go through it together.
 */
async function translated(
  translators: Translators,
  plan: ProbePlan,
  { rows }: RowPlan,
  { states, positions }: StatesOfChunk,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  if (positions.length === 0) return [];
  const result = rows.map(({ state }) => states.get(state)!);
  const used = [...new Set(rows.flatMap(({ translator }) => translator ?? []))];
  for (const [index, translator] of used.entries()) {
    translators.prefetch(plan.translators?.[used[index + 1] ?? -1]);
    const mine = [...rows.keys()].filter((row) => rows[row]!.translator === translator);
    const together = concatenated(mine.map((row) => result[row]!));
    const values = await translators.apply(plan.translators![translator]!, together, signal);
    const each = values.length / mine.length;
    for (const [place, row] of mine.entries()) result[row] = values.subarray(place * each, (place + 1) * each);
  }
  return result;
}
