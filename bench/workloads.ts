import { type Site, SITES } from "../lens/sites.ts";

/**
 * The workloads of the peers' benchmark, as this service is asked them: W1 the last position of a short prompt at four
 * sites of all blocks, W2 all positions of a longer one after each block with entropy and KL, W4 ten prompts with a
 * common beginning, here one probe each.
 */
export const WORKLOADS = ["W1", "W2", "W4"] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** W3 is W2 through a tuned lens (tuned_workload.ts). */
export const PEER_WORKLOADS = ["W1", "W2", "W3", "W4"] as const;
export type PeerWorkload = (typeof PEER_WORKLOADS)[number];

export interface Workload {
  readonly name: WorkloadName;
  /** Token ids of each prompt. */
  readonly prompts: readonly (readonly number[])[];
}

const TOP_K = 10;
/** The peers' components attn, mid, mlp, block, in their order. */
const COMPONENTS: readonly Site[] = ["attn_out", "resid_mid", "mlp_out", "resid_post"];
/** Tokens that each prompt of W4 has after the 100 common ones. */
export const OWN_TOKENS = [12, 10, 14, 11, 13, 12, 9, 15, 12, 12];

/** The bodies of POST /probe that ask a workload. */
export function probeRequests({ name, prompts }: Workload): Record<string, unknown>[] {
  const question = name === "W2"
    ? { sites: ["resid_post"], positions: "all", statistics: ["entropy", "kl_output_lens"] }
    : { sites: SITES.filter((site) => COMPONENTS.includes(site)), positions: "last", statistics: [] };
  // Repetitions are asked the same: what the first one left in the prefix cache must not answer the others.
  return prompts.map((prompt) => ({ prompt, top_k: TOP_K, cache: false, ...question }));
}

/** The peers' prompts for a model without a tokenizer: a generator instead of a text. */
export function generatedWorkloads(vocabulary: number): Workload[] {
  const ids = lcgIds(256, vocabulary);
  const own = OWN_TOKENS.map((count, k) => ids.slice(120 + 9 * k, 120 + 9 * k + count));
  return [
    { name: "W1", prompts: [ids.slice(0, 16)] },
    { name: "W2", prompts: [ids.slice(0, 128)] },
    { name: "W4", prompts: own.map((tail) => [...ids.slice(0, 100), ...tail]) },
  ];
}

/** Ids in 3…vocabulary − 1 by the linear congruential generator of ANSI C. */
export function lcgIds(count: number, vocabulary: number, seed = 1): number[] {
  let state = BigInt(seed);
  return Array.from({ length: count }, () => {
    state = (1103515245n * state + 12345n) % 2147483648n;
    return 3 + Number(state >> 8n) % (vocabulary - 3);
  });
}

/** What is read of an answer of POST /probe. */
export interface ProbeAnswer {
  readonly output?: readonly {
    readonly position: number;
    readonly top: readonly { readonly id: number; readonly prob: number }[];
    readonly entropy: number;
  }[];
  readonly readouts: readonly {
    readonly position: number;
    readonly site: Site;
    readonly layer: number;
    readonly top: readonly { readonly id: number; readonly prob: number }[];
    readonly entropy?: number;
    readonly kl_output_lens?: number;
  }[];
  readonly usage: { readonly rows: number };
  readonly timing: { readonly forward_ms: number; readonly lens_ms: number; readonly [name: string]: number };
}

/**
 * Answers as the peers dump theirs: W1 and W4 `ids`, `p` [prompt][layer][component][10]; W2 `h` (h_0 are the embeddings),
 * `ids`, `p` [h][position][10], `entropy`, `kl` [h][position].
 */
export function peerDump(workload: WorkloadName, answers: readonly ProbeAnswer[]): Record<string, unknown> {
  const of = <T>(read: (cell: ProbeAnswer["readouts"][number]) => T) =>
    workload === "W2" ? byState(answers[0]!, read) : answers.map((answer) => byLayer(answer, read));
  const ids = of(({ top }) => top.map(({ id }) => id));
  const p = of(({ top }) => top.map(({ prob }) => prob));
  if (workload !== "W2") return { workload, ids, p };
  const h = ids.map((_, layer) => layer + 1);
  return { workload, h, ids, p, entropy: of((cell) => cell.entropy), kl: of((cell) => cell.kl_output_lens) };
}

type Read<T> = (cell: ProbeAnswer["readouts"][number]) => T;

function byLayer<T>({ readouts }: ProbeAnswer, read: Read<T>): T[][] {
  const layers: T[][] = [];
  for (const cell of readouts) (layers[cell.layer] ??= [])[COMPONENTS.indexOf(cell.site)] = read(cell);
  return layers;
}

function byState<T>({ readouts }: ProbeAnswer, read: Read<T>): T[][] {
  const states: T[][] = [];
  for (const cell of readouts) (states[cell.layer] ??= [])[cell.position] = read(cell);
  return states;
}
