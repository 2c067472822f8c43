import { SITES } from "../../lens/sites.ts";
import { type StateName, stateName } from "../graph/states.ts";
import type { ActivationsPlan } from "./engine.ts";
import type { States } from "./forward_pass.ts";
import { packPrompts } from "./pack.ts";
import type { ProbeParts } from "./probe.ts";

type Parts = Omit<ProbeParts, "rowBlock" | "translators" | "cache">;

/** Bytes handed over at once. */
const PIECE_BYTES = 2 ** 20;
/** Bytes of logits computed at once. */
const LOGITS_BYTES = 16 * 2 ** 20;

/** Values of the tensors in file order: layer, then site in the stream's order, then logits. */
export async function* activations(
  parts: Parts,
  plan: ActivationsPlan,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { config } = parts.forward.checkpoint;
  const order = tensorsOf(plan);
  const output = stateName("resid_post", config.layers - 1);
  const wanted = { tokens: plan.positions, states: new Set([...order, ...(plan.logits ? [output] : [])]) };
  const pack = packPrompts([plan.ids.slice(0, plan.positions.at(-1)! + 1)]);

  // A state may be asked for as resid_post of one block and resid_pre of the next, which may lie in the next stage.
  const known: States = new Map();
  let next = 0;
  for await (const states of parts.forward.byStage(pack, wanted, parts.chunkTokens, signal)) {
    for (const [name, rows] of states) known.set(name, rows);
    for (; next < order.length && known.has(order[next]!); next++) {
      yield* bytes(known.get(order[next]!)!, plan.dtype);
      const rest = order.slice(next + 1);
      for (const name of known.keys()) if (name !== output && !rest.includes(name)) known.delete(name);
    }
    if (next === order.length && !plan.logits) return;
  }
  if (plan.logits) yield* logits(parts, plan, known.get(output)!, signal);
}

function tensorsOf(plan: ActivationsPlan): StateName[] {
  const sites = SITES.filter((site) => plan.sites.includes(site));
  return plan.layers.flatMap((layer) => sites.map((site) => stateName(site, layer)));
}

async function* logits(
  { forward, head }: Parts,
  plan: ActivationsPlan,
  states: Float32Array,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { dModel, vocabulary } = forward.checkpoint.config;
  const rows = Math.max(1, Math.floor(LOGITS_BYTES / (vocabulary * Float32Array.BYTES_PER_ELEMENT)));
  for (let from = 0; from < plan.positions.length; from += rows) {
    const block = states.subarray(from * dModel, (from + rows) * dModel);
    yield* bytes(
      await forward.turns.take(signal, () => head.logits(block), {
        graph: "head",
        attributes: () => ({ rows: block.length / head.config.dModel }),
      }),
      plan.dtype,
    );
  }
}

function* bytes(values: Float32Array, dtype: ActivationsPlan["dtype"]): Generator<Uint8Array> {
  const stored = dtype === "float32" ? values : new Float16Array(values);
  for (let at = 0; at < stored.byteLength; at += PIECE_BYTES) {
    yield new Uint8Array(stored.buffer, stored.byteOffset + at, Math.min(PIECE_BYTES, stored.byteLength - at));
  }
}
