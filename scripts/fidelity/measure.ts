import { SITES } from "../../lens/sites.ts";
import type { MeasuredPrecision, PrecisionFidelity, StateFidelity } from "../../model/engine/fidelity.ts";
import { Forward } from "../../model/engine/forward.ts";
import { packPrompts } from "../../model/engine/pack.ts";
import { Turns } from "../../model/engine/turns.ts";
import type { WeightSource } from "../../model/engine/weight_source.ts";
import { type StateName, stateName } from "../../model/graph/states.ts";
import { Comparison, ReadOut, type Sums } from "./comparison.ts";

export interface MeasureOptions {
  readonly source: WeightSource;
  readonly dataFolder: string;
  readonly threads: number;
  readonly precisions: readonly MeasuredPrecision[];
  readonly prompts: readonly (readonly number[])[];
  /** States other than the output are read out at every so manieth position. */
  readonly every: number;
  readonly write: (text: string) => void;
}

/** Rows read out at once. */
const ROWS = 256;
const CHUNK_TOKENS = 512;
const never = new AbortController().signal;

/** What each precision does to the read-outs of every state, on prompts of token ids. */
export async function measureFidelity(options: MeasureOptions): Promise<PrecisionFidelity[]> {
  const { source, dataFolder, threads, prompts, precisions } = options;
  const { layers, vocabulary } = source.model.config;
  const open = async <P extends MeasuredPrecision | "f32">(precision: P) => {
    const checkpoint = await source.load(precision, { threads, dataFolder, write: options.write });
    const forward = await Forward.create(checkpoint, new Turns(), { threads, blocksPerStage: layers });
    return { precision, forward, readOut: await ReadOut.create(checkpoint, threads) };
  };
  const exact = await open("f32");
  const others = await Promise.all(precisions.map(open));
  const comparison = await Comparison.create(vocabulary, threads);
  const names = statesOf(layers);
  const output = stateName("resid_post", layers - 1);
  const sums = new Map(others.map(({ precision }) => [precision, new Map(names.map((name) => [name, nothing()]))]));
  for (const [index, ids] of prompts.entries()) {
    const expected = await statesIn(exact.forward, ids, names);
    const found: Map<StateName, Float32Array>[] = [];
    for (const { forward } of others) found.push(await statesIn(forward, ids, names));
    for (const name of names) {
      for (const at of blocks(ids.length, name === output ? 1 : options.every)) {
        const rows = (states: Map<StateName, Float32Array>) => pick(states.get(name)!, at, ids.length);
        const logits = await exact.readOut.logits(rows(expected));
        for (const [i, { precision, readOut }] of others.entries()) {
          await comparison.add(sums.get(precision)!.get(name)!, logits, await readOut.logits(rows(found[i]!)));
        }
      }
    }
    options.write(`${index + 1} of ${prompts.length} prompts\n`);
  }
  const sizes = { maxTokens: CHUNK_TOKENS, chunkTokens: CHUNK_TOKENS, rowBlock: ROWS, lensBytes: 0 };
  return others.map(({ precision }) => {
    const states = [...sums.get(precision)!].map(([state, sum]) => mean(state, sum));
    const { weightsBytes } = source.plans(sizes).get(precision)!;
    return { precision, weightsBytes, output: states.find(({ state }) => state === output)!, states };
  });
}

function statesOf(layers: number): StateName[] {
  const names = new Set<StateName>();
  for (let layer = 0; layer < layers; layer++) for (const site of SITES) names.add(stateName(site, layer));
  return [...names];
}

async function statesIn(
  forward: Forward,
  ids: readonly number[],
  names: readonly StateName[],
): Promise<Map<StateName, Float32Array>> {
  const wanted = { tokens: [...ids.keys()], states: new Set(names) };
  const found = new Map<StateName, Float32Array>();
  for await (const states of forward.byStage(packPrompts([ids]), wanted, CHUNK_TOKENS, never)) {
    for (const [name, rows] of states) found.set(name, rows);
  }
  return found;
}

/** Positions of a prompt, every so manieth, at most ROWS at a time. */
function* blocks(tokens: number, every: number): Generator<number[]> {
  const positions = Array.from({ length: tokens }, (_, i) => i).filter((i) => i % every === every - 1);
  for (let at = 0; at < positions.length; at += ROWS) yield positions.slice(at, at + ROWS);
}

function pick(rows: Float32Array, positions: readonly number[], count: number): Float32Array {
  const width = rows.length / count;
  const picked = new Float32Array(positions.length * width);
  for (const [i, at] of positions.entries()) picked.set(rows.subarray(at * width, (at + 1) * width), i * width);
  return picked;
}

function nothing(): Sums {
  return { rows: 0, kl: 0, agrees: 0, rank: 0 };
}

function mean(state: StateName, { rows, kl, agrees, rank }: Sums): StateFidelity {
  return { state, positions: rows, kl: kl / rows, top1Agreement: agrees / rows, meanRank: rank / rows };
}
