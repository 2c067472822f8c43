import type { Site } from "../../lens/sites.ts";
import { SITES } from "../../lens/sites.ts";
import type { CheckContext } from "./check.ts";

/** The states asked for, one after the other as they come: by layer, in the stream's order; then `logits`. */
export async function* statesOf(
  { engine, model, signal }: Pick<CheckContext, "engine" | "model" | "signal">,
  asked: {
    readonly ids: readonly number[];
    readonly positions: readonly number[];
    readonly sites: readonly Site[];
    readonly layers: readonly number[];
    readonly logits?: boolean;
  },
): AsyncGenerator<{ readonly site: Site | "logits"; readonly layer: number; readonly values: Float32Array }> {
  const { positions, layers, logits = false } = asked;
  const sites = SITES.filter((site) => asked.sites.includes(site));
  const order: { site: Site | "logits"; layer: number }[] = layers.flatMap((layer) =>
    sites.map((site) => ({ site, layer }))
  );
  if (logits) order.push({ site: "logits", layer: model.layers });
  const plan = { ...asked, sites, logits, dtype: "float32" } as const;

  let tensor = order.shift();
  let values = new Uint8Array(0);
  let filled = 0;
  for await (const bytes of engine.activations(plan, signal)) {
    for (let at = 0; at < bytes.length;) {
      if (!tensor) throw new Error("the engine gave more states than it was asked for");
      const width = tensor.site === "logits" ? model.vocabulary : model.dModel;
      if (filled === 0) values = new Uint8Array(positions.length * width * Float32Array.BYTES_PER_ELEMENT);
      const piece = bytes.subarray(at, at + values.length - filled);
      values.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled < values.length) continue;
      yield { ...tensor, values: new Float32Array(values.buffer) };
      tensor = order.shift();
      filled = 0;
    }
  }
  if (tensor) throw new Error("the engine gave fewer states than it was asked for");
}

/** The largest magnitude; NaN where a value is. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** The k best of a row of logits, with their log-probabilities in float64. */
export function topOfLogits(logits: ArrayLike<number>, k: number): { ids: number[]; logprobs: number[] } {
  const values = Float64Array.from(logits);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const logSumExp = most + Math.log(values.reduce((sum, z) => sum + Math.exp(z - most), 0));
  const ids: number[] = [];
  for (const [id, logit] of values.entries()) {
    if (ids.length === k && !(logit > values[ids.at(-1)!]!)) continue;
    // Behind those that are equal: the lower id comes first.
    const place = ids.findIndex((other) => logit > values[other]!);
    ids.splice(place < 0 ? ids.length : place, 0, id);
    if (ids.length > k) ids.pop();
  }
  return { ids, logprobs: ids.map((id) => values[id]! - logSumExp) };
}
