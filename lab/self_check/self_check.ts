import type { Engine, ModelDescription } from "../../model/engine/engine.ts";
import { boundsOf } from "./bounds.ts";
import { type Check, type CheckContext, spread } from "./check.ts";
import { checkIds, type Encoder } from "./check_text.ts";
import { type CheckpointPlace, compareWithFloat64 } from "./float64_comparison.ts";
import { type CheckedLens, checkIndex } from "./translator_index.ts";
import { INVARIANTS } from "./invariants.ts";
import type { InvariantResult, LensCheck, SelfCheckReport } from "./report.ts";

/** Positions and blocks that the dearer checks look at. */
const MOST_POSITIONS = 8;
const MOST_LAYERS = 4;

export interface SelfCheckParts {
  /** The engine that answers requests. */
  readonly engine: Pick<Engine, "probe" | "activations">;
  readonly model: ModelDescription;
  /** Tokens of the longest prompt taken. */
  readonly maxTokens: number;
  /** null: token ids of no meaning are used. */
  readonly tokenizer: Encoder | null;
  readonly checkpoint: CheckpointPlace;
  readonly lenses: readonly CheckedLens[];
}

/**
 * Runs every invariant of numerics.md on the loaded model, and the index test on each lens. A few seconds of the engine's
 * work, more for large models.
 * @throws {EngineUnavailable} or the signal's reason
 */
export async function selfCheck(parts: SelfCheckParts, signal: AbortSignal): Promise<SelfCheckReport> {
  const began = performance.now();
  const { engine, model } = parts;
  const most = Math.min(model.context, parts.maxTokens);
  const ids = checkIds(parts.tokenizer, { vocabulary: model.vocabulary, most });
  const folder = await Deno.makeTempDir({ prefix: "midstream-self-check-" });
  try {
    const alone: Omit<CheckContext, "float64"> = {
      engine,
      model,
      ids,
      positions: spread(ids.length, MOST_POSITIONS),
      layers: spread(model.layers, MOST_LAYERS),
      folder,
      signal,
    };
    const context: CheckContext = { ...alone, float64: once(() => compareWithFloat64(alone, parts.checkpoint)) };
    const invariants: InvariantResult[] = [];
    for (const check of INVARIANTS) invariants.push(await resultOf(check, context));
    const lenses: LensCheck[] = [];
    for (const lens of parts.lenses) lenses.push(await checkIndex(context, lens));
    return {
      model,
      passed: invariants.every(({ verdict }) => verdict !== "fail"),
      tokens: ids.length,
      elapsedMs: Math.round(performance.now() - began),
      invariants,
      lenses,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function resultOf(check: Check, context: CheckContext): Promise<InvariantResult> {
  const { name, description, unit } = check;
  const bound = boundsOf(context.model.precision)[check.bound];
  const found = await check.figure(context);
  const result = { name, description, unit, bound };
  if (typeof found !== "number") return { ...result, figure: null, verdict: "skipped", reason: found.skipped };
  // Written so that NaN fails.
  const verdict = found <= bound ? "pass" : "fail";
  return { ...result, figure: Number.isFinite(found) ? found : null, verdict, reason: null };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
