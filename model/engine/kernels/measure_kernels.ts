import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type ByteKernel, HALVES_KERNELS, type HalvesKernel, type HalvesMatrix } from "../../checkpoint/matrix.ts";
import type { TensorSource } from "../../checkpoint/tensor_source.ts";
import { GraphBuilder } from "../../graph/graph_builder.ts";
import { linearMaps } from "../../graph/linear.ts";
import { createSession } from "../session.ts";
import { fastest, type KernelEntry, type KernelTable, TIMED_ROWS, type Times } from "./kernel_table.ts";

/** Weights that are multiplied by: of a larger matrix the first rows of [in, out], but no fewer than LEAST_DEPTH. */
const MOST_WEIGHTS = 4 * 2 ** 20;
const LEAST_DEPTH = 256;
/** Of the runs of a kernel the fastest counts; they take turns, so that a busy moment hits all. */
const ROUNDS = { least: 2, most: 8 };
const TURN_MS = 1;
/** For one matrix at one number of rows, but for the least rounds. */
const ROUNDS_MS = 80;
/** A kernel so many times slower than the best is not timed further; the usual one always is. */
const FAR_BEHIND = 3;

/** Matrices to be multiplied, of one size and form, and one of them. */
export interface KernelGroup extends Pick<KernelEntry, "kinds" | "in" | "out" | "halves"> {
  readonly sample: HalvesMatrix;
}

/** The size and form of each matrix of halves, with those that share it. */
export function kernelGroups(matrices: Iterable<readonly [kind: string, matrix: HalvesMatrix]>): KernelGroup[] {
  const groups = new Map<string, KernelGroup & { readonly kinds: string[] }>();
  for (const [kind, sample] of matrices) {
    const [into, out] = sample.high.shape as [number, number];
    const halves = sample.low === undefined ? 1 : 2;
    const key = `${into} ${out} ${halves}`;
    const group = groups.get(key) ?? { kinds: [], in: into, out, halves, sample };
    if (!group.kinds.includes(kind)) group.kinds.push(kind);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * Times the kernels on weights of the model itself; blocks the thread for about a second.
 *
 * @param exact products of bytes that are exact on this processor
 */
export async function measureKernels(
  groups: readonly KernelGroup[],
  { threads, exact }: { readonly threads: number; readonly exact: readonly ByteKernel[] },
): Promise<KernelTable> {
  let names = (Object.keys(HALVES_KERNELS) as HalvesKernel[])
    .filter((name) => exact.includes(HALVES_KERNELS[name].bytes));
  const entries: KernelEntry[] = [];
  // The smallest first: what is far behind there is not even packed for lm_head.
  for (const { sample, ...group } of groups.toSorted((a, b) => a.in * a.out - b.in * b.out)) {
    const times = await timesOf(sample, names, threads);
    entries.push({ ...group, times, chosen: fastest(times) });
    names = names.filter((name, i) => i === 0 || !times[name]!.includes(null));
  }
  return { entries };
}

async function timesOf(
  sample: HalvesMatrix,
  names: readonly HalvesKernel[],
  threads: number,
): Promise<KernelEntry["times"]> {
  const { high, low, ...rest } = sample;
  const [into, out] = high.shape as [number, number];
  const depth = Math.min(into, Math.max(LEAST_DEPTH, Math.floor(MOST_WEIGHTS / out)));
  const part = { ...rest, high: firstRows(high, depth), ...(low ? { low: firstRows(low, depth) } : {}) };
  const sessions = new Map<HalvesKernel, InferenceSession>();
  try {
    for (const kernel of names) sessions.set(kernel, await productSession({ ...part, kernel }, depth, threads));
    return await timed(sessions, depth);
  } finally {
    for (const session of sessions.values()) await session.release();
  }
}

async function timed(
  sessions: ReadonlyMap<HalvesKernel, InferenceSession>,
  depth: number,
): Promise<KernelEntry["times"]> {
  const times = new Map<HalvesKernel, (number | null)[]>([...sessions.keys()].map((name) => [name, []]));
  for (const count of TIMED_ROWS) {
    const values = Float32Array.from({ length: count * depth }, (_, i) => Math.sin(i * 12.9898));
    const rows = new Tensor("float32", values, [count, depth]);
    const going = [...sessions].filter(([name]) => !times.get(name)!.includes(null));
    const found = new Map<HalvesKernel, number>();
    const end = performance.now() + ROUNDS_MS;
    for (let round = 0; round < ROUNDS.most && (round < ROUNDS.least || performance.now() < end); round++) {
      for (const [name, session] of going) {
        found.set(name, Math.min(await fastestRun(session, rows), found.get(name) ?? Infinity));
      }
    }
    const best = Math.min(...found.values());
    for (const [i, [name, of]] of [...times].entries()) {
      const ms = found.get(name);
      of.push(ms === undefined || (i > 0 && ms > FAR_BEHIND * best) ? null : ms * 1000);
    }
  }
  return Object.fromEntries(times) as Partial<Record<HalvesKernel, Times>>;
}

async function fastestRun(session: InferenceSession, rows: Tensor): Promise<number> {
  const end = performance.now() + TURN_MS;
  let best = Infinity;
  for (let now = performance.now(); now < end;) {
    await session.run({ rows });
    const after = performance.now();
    best = Math.min(best, after - now);
    now = after;
  }
  return best;
}

async function productSession(matrix: HalvesMatrix, depth: number, threads: number): Promise<InferenceSession> {
  const graph = new GraphBuilder();
  const rows = graph.input("rows", "float32", ["rows", depth]);
  linearMaps(graph)(rows, matrix, "product");
  graph.output("product", "float32", ["rows", matrix.high.shape[1]!]);
  const tensors = new Map([[matrix.scale.name, matrix.scale]]);
  return await createSession(graph.build(), { tensors }, { threads });
}

/** A tensor [in, out] cut to its first rows. */
function firstRows(source: TensorSource<"I8">, depth: number): TensorSource<"I8"> {
  const out = source.shape[1]!;
  return { ...source, shape: [depth, out], length: depth * out };
}
