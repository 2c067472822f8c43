import type { Site } from "../../lens/sites.ts";
import { SITES } from "../../lens/sites.ts";
import type { Check, CheckContext } from "./check.ts";
import { distanceToLogitLens } from "./lens_distance.ts";
import { identityJacobianLens, zeroTunedLens } from "./plain_lenses.ts";
import { answerDistance, cellsOf, probed, TOP_K, topDistance, wholeAnswer, worst } from "./probed.ts";
import { largest, statesOf, topOfLogits } from "./states.ts";

/** Tokens of the text whose logits are added up. */
const ADDED_TOKENS = 8;
/** Cuts the text unevenly. */
const CHUNK_TOKENS = 7;

/** The invariants of numerics.md. A new one is a row here, and its case in the test that breaks each in turn. */
export const INVARIANTS = [
  {
    name: "output_is_last_state",
    description:
      "U(resid_post[L−1]) is the model's output: as a cell, as the output row, and as logits of /activations.",
    unit: "nats",
    bound: "logprobs",
    figure: lastState,
  },
  {
    name: "zero_translator",
    description: "A tuned lens whose translators are zero, written as a file and read back, is the logit lens.",
    unit: "nats",
    bound: "logprobs",
    figure: async (context) => distanceToLogitLens(context, await zeroTunedLens(context)),
  },
  {
    name: "identity_jacobian",
    description: "A Jacobian lens with J = 1, written as a file and read back, is the logit lens.",
    unit: "nats",
    bound: "logprobs",
    figure: async (context) => distanceToLogitLens(context, await identityJacobianLens(context)),
  },
  {
    name: "attention_adds_up",
    description: "resid_pre + attn_out = resid_mid in every block.",
    unit: "relative",
    bound: "states",
    figure: (context) => sumDistance(context, ["resid_pre", "attn_out", "resid_mid"]),
  },
  {
    name: "mlp_adds_up",
    description: "resid_mid + mlp_out = resid_post in every block.",
    unit: "relative",
    bound: "states",
    figure: (context) => sumDistance(context, ["resid_mid", "mlp_out", "resid_post"]),
  },
  {
    name: "parts_sum_to_logits",
    description:
      "With norm `final`, the logits of the embedding, every attn_out and every mlp_out add up to the model's.",
    unit: "relative",
    bound: "parts",
    figure: partsOfLogits,
  },
  {
    name: "batch_is_alone",
    description: "Two prompts answered side by side say what each says alone.",
    unit: "nats",
    bound: "beside",
    figure: batch,
  },
  {
    name: "chunked_is_whole",
    description: "A prompt that goes through the model in pieces says what it says whole.",
    unit: "nats",
    bound: "logprobs",
    figure: chunked,
  },
  {
    name: "cached_is_computed",
    description: "What the prefix cache knows of a prompt says what computing it anew says.",
    unit: "nats",
    bound: "logprobs",
    figure: cached,
  },
  {
    name: "float64_states",
    description: "Every state of a short prompt is what plain float64 arithmetic makes of the stored weights.",
    unit: "relative",
    bound: "states",
    figure: async ({ float64 }) => {
      const found = await float64();
      return "skipped" in found ? found : found.states;
    },
  },
  {
    name: "float64_logprobs",
    description: "So are the log-probabilities of the best tokens.",
    unit: "nats",
    bound: "logprobs",
    figure: async ({ float64 }) => {
      const found = await float64();
      return "skipped" in found ? found : found.logprobs;
    },
  },
] as const satisfies readonly Check[];

export type InvariantName = (typeof INVARIANTS)[number]["name"];

async function lastState(context: CheckContext): Promise<number> {
  const { ids, positions, model } = context;
  const found = await probed(context, { cells: [{ site: "resid_post", layer: model.layers - 1 }] });
  const figures = found.map(({ output, cells }) => topDistance(output, cells[0]!));
  for await (const { values } of statesOf(context, { ids, positions, sites: [], layers: [], logits: true })) {
    for (const [index, { output }] of found.entries()) {
      const logits = values.subarray(index * model.vocabulary, (index + 1) * model.vocabulary);
      figures.push(topDistance(output, topOfLogits(logits, TOP_K)));
    }
  }
  return worst(figures);
}

async function sumDistance(context: CheckContext, sites: readonly [Site, Site, Site]): Promise<number> {
  const layers = Array.from({ length: context.model.layers }, (_, layer) => layer);
  const figures: number[] = [];
  let parts: Float32Array[] = [];
  for await (const { values } of statesOf(context, { ...context, sites, layers })) {
    parts.push(values);
    if (parts.length < sites.length) continue;
    const [before, added, after] = parts as [Float32Array, Float32Array, Float32Array];
    figures.push(largest(after.map((value, i) => value - (before[i]! + added[i]!))) / largest(after));
    parts = [];
  }
  return worst(figures);
}

async function partsOfLogits(context: CheckContext): Promise<number> {
  const layers = Array.from({ length: context.model.layers }, (_, layer) => layer);
  const cells = [{ site: "resid_pre", layer: 0 } as const, ...cellsOf(["attn_out", "mlp_out"], layers)];
  const tracked = [...new Set(context.ids)].slice(0, ADDED_TOKENS);
  const found = await probed(context, { cells, tracked, norm: "final" });
  return worst(found.flatMap(({ output, cells }) =>
    output.trackedLogits.map((logit, i) => {
      const parts = cells.map((cell) => cell.trackedLogits[i]!);
      const total = parts.reduce((sum, part) => sum + part, 0);
      // Parts cancel: what they have lost is to be seen beside their own size.
      const size = parts.reduce((sum, part) => sum + Math.abs(part), 0);
      return Math.abs(total - logit) / Math.max(size, Number.MIN_VALUE);
    })
  ));
}

async function batch(context: CheckContext): Promise<number> {
  const one = { ...context };
  const two = { ...context, ids: context.ids.toReversed() };
  const cells = cellsOf(SITES, context.layers);
  const alone = [await probed(one, { cells }), await probed(two, { cells })] as const;
  const beside = await Promise.all([probed(one, { cells }), probed(two, { cells })]);
  return worst([answerDistance(alone[0], beside[0]), answerDistance(alone[1], beside[1])]);
}

async function chunked(context: CheckContext): Promise<number> {
  const cells = cellsOf(SITES, context.layers);
  const whole = await probed(context, { cells });
  return answerDistance(whole, await probed(context, { cells, chunkTokens: CHUNK_TOKENS }));
}

async function cached(context: CheckContext): Promise<number | { readonly skipped: string }> {
  const cells = cellsOf(SITES, context.layers);
  const half = context.ids.slice(0, Math.ceil(context.ids.length / 2));
  // Of tokens that are known no state is computed: only what comes after them can be decoded.
  const rest = { ...context, positions: context.positions.filter((position) => position >= half.length) };
  if (rest.positions.length === 0) return { skipped: "the text is too short to have a known beginning" };
  const anew = await probed(rest, { cells });
  await probed({ ...context, ids: half, positions: [half.length - 1] }, { cells: [], cache: true });
  const { found, cachedTokens } = await wholeAnswer(rest, { cells, cache: true });
  if (cachedTokens === 0) return { skipped: "the prefix cache kept nothing of the text" };
  return answerDistance(anew, found);
}
