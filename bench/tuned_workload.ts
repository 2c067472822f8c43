import { type ProbeAnswer } from "./workloads.ts";

/**
 * W3: W2's question of the states entering each block, each through its translator; the model's output, which every answer
 * holds, is the peers' last state.
 */
export function tunedRequest(prompt: readonly number[], lenses: readonly string[]): Record<string, unknown> {
  return {
    prompt,
    lenses,
    sites: ["resid_pre"],
    positions: "all",
    statistics: ["entropy", "kl_output_lens"],
    top_k: 10,
  };
}

/** An answer to W3 as the peers dump theirs: `h` 0…L, `ids`, `p` [h][position][10], `entropy`, `kl` [h][position]. */
export function tunedDump({ readouts, output }: ProbeAnswer): Record<string, unknown> {
  const states: State[][] = [];
  for (const cell of readouts) {
    (states[cell.layer] ??= [])[cell.position] = { ...cell, entropy: cell.entropy!, kl: cell.kl_output_lens! };
  }
  const last: State[] = [];
  for (const cell of output!) last[cell.position] = { ...cell, kl: 0 };
  states.push(last);
  const of = <T>(read: (state: State) => T) => states.map((positions) => positions.map(read));
  return {
    workload: "W3",
    h: [...states.keys()],
    ids: of(({ top }) => top.map(({ id }) => id)),
    p: of(({ top }) => top.map(({ prob }) => prob)),
    entropy: of(({ entropy }) => entropy),
    kl: of(({ kl }) => kl),
  };
}

interface State {
  readonly top: readonly { readonly id: number; readonly prob: number }[];
  readonly entropy: number;
  readonly kl: number;
}
