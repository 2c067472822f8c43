import type { BatchEvent, BatchPlan, DecodedRows, ProbeEvent, ProbePlan } from "./engine.ts";
import { concatenated } from "./forward.ts";
import type { ForwardPass, StatesOfChunk } from "./forward_pass.ts";
import type { HeadSession } from "./head_session.ts";
import { type Pack, packPrompts, packsOf, usableTokens } from "./pack.ts";
import type { LayerKeyValues, PrefixCache } from "./prefix_cache.ts";
import { joinRows, rowBlocks, rowsOf } from "./row_blocks.ts";
import { planRows, type RowPlan } from "./row_plan.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Translators } from "./translators.ts";
import { messages } from "./turns.ts";

export interface ProbeParts {
  readonly forward: ForwardPass;
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
/** Short prompts go through the model together up to this many tokens: by then the processor is busy with each weight it reads. */
export const PACK_TOKENS = 512;

/** Runs a plan. */
export async function* probe(parts: ProbeParts, plan: ProbePlan, signal: AbortSignal): AsyncGenerator<ProbeEvent> {
  const { ids, positions, ...rest } = plan;
  let [rows, cachedTokens] = [0, 0];
  for await (const event of probeBatch(parts, { ...rest, prompts: [{ ids, positions }] }, signal)) {
    if (event.type === "prompt") ({ rows, cachedTokens } = event);
    else if (event.type === "end") yield { ...event, rows, cachedTokens };
    else yield event;
  }
}

/** Runs a plan for several prompts, packed: forward chunk by chunk, and after each chunk its rows through the head. */
export async function* probeBatch(parts: ProbeParts, plan: BatchPlan, signal: AbortSignal): AsyncGenerator<BatchEvent> {
  const { forward, cache } = parts;
  const { layers, slidingWindow } = forward.checkpoint.config;
  const rowPlan = planRows(plan.cells, layers, plan.share);
  yield { type: "start", rowOfCell: rowPlan.rowOfCell, rowsPerPosition: rowPlan.rows.length };

  const watch = new Stopwatch();
  const timing = () => ({ waitMs: 0, forwardMs: watch.ms("forward"), lensMs: watch.ms("lens") });
  const states = new Set(rowPlan.rows.map(({ state }) => state));
  const chunkTokens = tokensPerChunk(parts, plan, rowPlan);
  // A window counts tokens of the sequence: prompts that stand side by side would narrow each other's.
  const together = slidingWindow === null ? Math.min(PACK_TOKENS, parts.chunkTokens) : 0;
  const remembers: (() => void)[] = [];
  // Attention is causal: tokens after the last position asked for change nothing.
  const asked = plan.prompts.map(({ ids, positions }) => ids.slice(0, positions.at(-1)! + 1));
  // What is begun and not read any more, because something failed, is to end.
  using over = aborting();
  const wanting = AbortSignal.any([signal, over.signal]);
  forward.turns.join(wanting, forward.turns.flowOf(signal));
  const begin = function* () {
    let first = 0;
    for (const fresh of packsOf(asked, together)) {
      const { pack, known } = plan.cache === false ? { pack: fresh, known: [] } : knownFirst(fresh, plan, first, cache);
      const targets = targetsOf(pack, plan, first);
      const wanted = { tokens: [...targets.keys()], states };
      const chunks = forward.byChunk(pack, wanted, chunkTokens, wanting, plan.cache === false ? null : cache, known);
      yield { pack, first, targets, chunks };
      first += pack.paths.length;
    }
  };
  // A pass over streamed weights takes along all that wait: all packs are to wait for it.
  for (const { pack, first, targets, chunks } of forward.gathers ? [...begin()] : begin()) {
    for await (const chunk of watch.around("forward", chunks)) {
      if (chunk.remember) remembers.push(chunk.remember);
      const positions = chunk.tokens.flatMap((token, row) => targets.get(token)!.map((target) => ({ ...target, row })));
      for await (const event of watch.around("lens", decodeChunk(parts, plan, rowPlan, chunk, positions, signal))) {
        yield event;
        const { positions: all } = plan.prompts[event.prompt]!;
        if (event.position !== all.at(-1)) continue;
        const cachedTokens = sharedBefore(pack, event.prompt - first);
        const rows = all.length * rowPlan.rows.length;
        yield { type: "prompt", prompt: event.prompt, rows, cachedTokens, timing: timing() };
      }
    }
    // The next pack may begin as this one does.
    if (first + pack.paths.length < asked.length) rememberAll(remembers);
  }
  yield { type: "end", timing: timing() };
  // After the answer has left: whoever waits for it does not wait for this.
  await messages();
  rememberAll(remembers);
}

/** A signal that aborts at the end of its scope. */
function aborting(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}

function rememberAll(remembers: (() => void)[]): void {
  for (const remember of remembers.splice(0)) remember();
}

function tokensPerChunk({ forward, chunkTokens }: ProbeParts, plan: BatchPlan, { rows }: RowPlan): number {
  const positionBytes = rows.length * forward.checkpoint.config.dModel * Float32Array.BYTES_PER_ELEMENT;
  const positions = Math.max(...plan.prompts.map((prompt) => prompt.positions.length));
  const many = positions > 1 ? Math.floor(STATE_BYTES / positionBytes) : Infinity;
  return Math.min(chunkTokens, Math.max(LEAST_CHUNK_TOKENS, many), plan.chunkTokens ?? Infinity);
}

/** A position of a prompt that is asked for. */
interface Target {
  readonly prompt: number;
  readonly position: number;
  /** The prompt's next token. */
  readonly nextId: number | null;
}

/** By token of the pack, ascending; prompts that share a token have a target each. */
function targetsOf({ paths }: Pack, { prompts }: BatchPlan, first: number): Map<number, Target[]> {
  const targets = new Map<number, Target[]>();
  for (const [place, path] of paths.entries()) {
    const { ids, positions } = prompts[first + place]!;
    for (const position of positions) {
      const token = path[position]!;
      const mine = targets.get(token) ?? [];
      mine.push({ prompt: first + place, position, nextId: ids[position + 1] ?? null });
      targets.set(token, mine);
    }
  }
  return new Map([...targets].sort(([a], [b]) => a - b));
}

/**
 * The same prompts with what the cache knows of them in front, as far as no states of it are asked for, and its keys and values by
 * layer: taken at once, before another request has it forgotten.
 */
function knownFirst(
  fresh: Pack,
  plan: BatchPlan,
  first: number,
  cache: PrefixCache,
): { readonly pack: Pack; readonly known: readonly LayerKeyValues[] } {
  const prompts = fresh.paths.map((path) => path.map((token) => fresh.ids[token]!));
  const known = prompts.map((ids) => cache.known(ids, ids.length));
  if (known.every((tokens) => tokens === 0)) return { pack: fresh, known: [] };
  const pack = packPrompts(prompts, usableTokens(fresh, known, new Set(targetsOf(fresh, plan, first).keys())));
  const ranges = pack.knownRanges.map(({ prompt, from, to }) => ({ ids: prompts[prompt]!, from, to }));
  return { pack, known: cache.readAll(ranges) };
}

/** Tokens of a prompt that were known, or that an earlier one of the pack begins with too. */
function sharedBefore({ paths, known }: Pack, place: number): number {
  const path = paths[place]!;
  let shared = 0;
  while (
    shared < path.length &&
    (path[shared]! < known || paths.slice(0, place).some((other) => other[shared] === path[shared]))
  ) shared++;
  return shared;
}

async function* decodeChunk(
  { forward, head, translators, rowBlock }: ProbeParts,
  plan: BatchPlan,
  rowPlan: RowPlan,
  chunk: StatesOfChunk,
  targets: readonly (Target & { readonly row: number })[],
  signal: AbortSignal,
): AsyncGenerator<Extract<BatchEvent, { type: "position" }>> {
  const { dModel } = forward.checkpoint.config;
  const sources = await translated(translators, plan, rowPlan, chunk, signal);
  const against = rowPlan.rows.map((row) => row.against);
  const compares = against.some((row) => row !== null);
  let pieces: DecodedRows[] = [];
  for (const block of rowBlocks(targets.length, against, Math.min(rowBlock, head.rowsPerRun(plan.tracked.length)))) {
    const these = targets.slice(block.from, block.to);
    const rows = new Float32Array(these.length * block.rows.length * dModel);
    let at = 0;
    for (const target of these) {
      for (const row of block.rows) {
        rows.set(sources[row]!.subarray(target.row * dModel, (target.row + 1) * dModel), at);
        at += dModel;
      }
    }
    const decoded = await forward.turns.take(signal, () =>
      head.run({
        rows,
        positions: these.length,
        rowsPerPosition: block.rows.length,
        norm: plan.norm,
        topK: plan.topK,
        tracked: plan.tracked,
        nextIds: these.map(({ nextId }) => nextId),
        statistics: plan.statistics,
        ...(compares ? { against: block.rows.map((row) => placeOf(block.rows, against[row]!)) } : {}),
      }), { graph: "head", attributes: () => ({ rows: these.length * block.rows.length, positions: these.length }) });
    for (const [index, { prompt, position }] of these.entries()) {
      const first = index * block.rows.length;
      pieces.push(rowsOf(decoded, first, first + block.answered));
      if (!block.last) continue;
      yield { type: "position", prompt, position, rows: joinRows(pieces) };
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
 * Each row of the plan for all tokens of the chunk that are wanted, [tokens, dModel]: its state, through its translator. The rows of one
 * translator go through it together.
 */
async function translated(
  translators: Translators,
  plan: BatchPlan,
  { rows }: RowPlan,
  { states, tokens }: StatesOfChunk,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  if (tokens.length === 0) return [];
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
