import { HALVES_KERNELS, type HalvesKernel } from "../../checkpoint/matrix.ts";

/** Rows that kernels are timed at: a token, a short prompt, a chunk or a block of the head. */
export const TIMED_ROWS = [1, 16, 128] as const;

/** Time of a kernel at each of TIMED_ROWS in microseconds; null: given up, being far behind. */
export type Times = readonly (number | null)[];

/** Matrices of one size and form, which are multiplied alike. */
export interface KernelEntry {
  /** Kinds of linear layers, as `q_proj`. */
  readonly kinds: readonly string[];
  readonly in: number;
  readonly out: number;
  /** Int8 halves of the weights: 2, or 1 for 8 bits. */
  readonly halves: 1 | 2;
  readonly times: Readonly<Partial<Record<HalvesKernel, Times>>>;
  readonly chosen: HalvesKernel;
}

/** Which kernel each kind of matrix is multiplied by, and the times at each number of rows that say so. */
export interface KernelTable {
  readonly entries: readonly KernelEntry[];
}

/** Logarithm of a gain: a smaller one may be what else the machine does, and the usual kernel stays. */
const LEAST_GAIN = Math.log(1.25);

/**
 * The kernel that loses least against the best at each number of rows, which all count alike. One for all of them: two would
 * take twice the nodes, or, in branches, a second packed copy of the weights.
 *
 * @param times where another gains little, the one stays that is first in HALVES_KERNELS
 * @throws {RangeError} where none was timed to the end
 */
export function fastest(times: KernelEntry["times"]): HalvesKernel {
  const names = (Object.keys(HALVES_KERNELS) as HalvesKernel[]).filter((name) => times[name] !== undefined);
  const best = TIMED_ROWS.map((_, i) => Math.min(...names.map((name) => times[name]![i] ?? Infinity)));
  const losses = new Map<HalvesKernel, number>();
  for (const name of names) {
    const logs = times[name]!.map((time, i) => time === null ? Infinity : Math.log(time / best[i]!));
    const loss = logs.reduce((sum, log) => sum + log, 0) / TIMED_ROWS.length;
    if (Number.isFinite(loss)) losses.set(name, loss);
  }
  if (losses.size === 0) throw new RangeError("no kernel was timed at every number of rows");
  const least = Math.min(...losses.values());
  return names.find((name) => losses.get(name)! <= least + LEAST_GAIN)!;
}

/** A line an entry, for people. */
export function describeKernels({ entries }: KernelTable): string[] {
  return entries.map(({ kinds, in: into, out, halves, times, chosen }) => {
    const figures = Object.entries(times).map(([name, of]) =>
      `${name} ${of.map((time) => time === null ? "–" : time.toFixed(0)).join("/")}`
    );
    return `${kinds.join(" ")} ${into}×${out}, ${8 * halves} bits: ${chosen} (µs at ${TIMED_ROWS.join("/")} rows: ` +
      `${figures.join(", ")})`;
  });
}
