import { SITES } from "../../lens/sites.ts";
import { Float64Model } from "../../model/engine/reference/float64_model.ts";
import type { CheckContext } from "./check.ts";
import { probed, TOP_K, topDistance, worst } from "./probed.ts";
import { largest, statesOf, topOfLogits } from "./states.ts";

/** Largest model that is recomputed: a second of plain TypeScript. */
const MOST_PARAMETERS = 50e6;
const MOST_TOKENS = 8;

export interface Float64Comparison {
  /** Worst state, as a part of the state's largest value. */
  readonly states: number;
  /** Worst log-probability of the best tokens, in nats. */
  readonly logprobs: number;
}

/** Where the loaded checkpoint lies. */
export interface CheckpointPlace {
  /** A folder or a GGUF file. */
  readonly path: string;
  /** Where file digests are remembered. */
  readonly cacheFolder?: string;
}

/**
 * The first tokens of the text, recomputed in float64 from the definitions and the stored weights, beside what the engine
 * says of them: every state, and the model's output by way of /activations and of the head.
 */
export async function compareWithFloat64(
  context: Omit<CheckContext, "float64">,
  { path, cacheFolder }: CheckpointPlace,
): Promise<Float64Comparison | { readonly skipped: string }> {
  const { model, signal } = context;
  if (model.precision !== "f32") {
    return { skipped: `${model.precision} rounds the weights: GET /model says what that costs` };
  }
  if (model.parameters > MOST_PARAMETERS) {
    return { skipped: `${millions(model.parameters)} parameters; up to ${millions(MOST_PARAMETERS)} are recomputed` };
  }
  const reference = await Float64Model.open(path, cacheFolder === undefined ? {} : { cacheFolder }).catch(() => null);
  if (reference === null) return { skipped: "the checkpoint on disk cannot be read any more" };
  if (reference.checkpoint.digest !== model.digest) {
    return { skipped: "the checkpoint on disk is another one than was loaded" };
  }
  const ids = context.ids.slice(0, MOST_TOKENS);
  const positions = [...ids.keys()];
  const expected = await reference.run(ids, signal);
  const top = (logits: ArrayLike<number>) => topOfLogits(logits, TOP_K);
  const rowOf = <T extends Float32Array | Float64Array>(logits: T, position: number) =>
    logits.subarray(position * model.vocabulary, (position + 1) * model.vocabulary);

  const states: number[] = [];
  const logprobs: number[] = [];
  const layers = Array.from({ length: model.layers }, (_, layer) => layer);
  for await (
    const { site, layer, values } of statesOf(context, { ids, positions, sites: SITES, layers, logits: true })
  ) {
    if (site === "logits") {
      for (const position of positions) {
        logprobs.push(topDistance(top(rowOf(values, position)), top(rowOf(expected.logits, position))));
      }
    } else {
      const reference = expected.state(site, layer);
      states.push(largest(reference.map((value, i) => values[i]! - value)) / largest(reference));
    }
  }
  const found = await probed({ ...context, ids, positions }, { cells: [] });
  for (const { position, output } of found) {
    logprobs.push(topDistance(output, top(rowOf(expected.logits, position))));
  }
  return { states: worst(states), logprobs: worst(logprobs) };
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} million`;
}
