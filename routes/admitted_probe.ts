import type { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import type { Caller } from "../lab/keys/caller.ts";
import type { OnPosition, Permit } from "../lab/admission/admission.ts";
import type { Cost } from "../lab/admission/cost.ts";
import type { DecodedRows, ProbeEvent } from "../model/engine/engine.ts";
import { inSpanSync } from "../model/engine/span.ts";
import type { Flow } from "../model/engine/turns.ts";
import type { Bill, ProbeAnswer } from "./answer/answer.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { AppParts } from "./parts.ts";
import { probeLenses } from "./probe_lenses.ts";
import { enterEngine } from "./enter_engine.ts";
import { exactCost, roughCost } from "./probe_cost.ts";
import { type PlannedProbe, planProbe } from "./probe_plan.ts";

export type ProbeParts = Pick<AppParts, "engine" | "admission" | "quotas" | "metrics" | "settings" | "log"> & {
  readonly model: () => LoadedModel;
};

export interface ProbeHooks {
  /** Who asks. */
  readonly caller: Caller;
  readonly signal: AbortSignal;
  /** Told the place in the queue, and the milliseconds until its turn, when there is a wait. */
  readonly onQueued?: OnPosition;
  /** Work that nobody waits for. */
  readonly background?: boolean;
  /** A last check of the plan before anything runs; may refuse. */
  readonly check?: (planned: PlannedProbe) => void;
}

/** What a probe gives: `start` once, each position, `end` once. */
export type ProbeStep =
  | { readonly type: "start"; readonly answer: ProbeAnswer }
  | { readonly type: "position"; readonly position: number; readonly rows: DecodedRows }
  | { readonly type: "end"; readonly bill: Bill };

/**
 * One probe from admission to its last row. The queue comes before the tokenizer, so that a full service refuses at no cost.
 * @throws {Refusal} {QueueFull} {Draining} {EngineUnavailable} or the signal's reason
 */
export async function* admittedProbe(
  request: ProbeRequest,
  parts: ProbeParts,
  hooks: ProbeHooks,
): AsyncGenerator<ProbeStep, void> {
  yield* inTurn(parts, hooks, roughCost(request, parts.model().description), async function* (queueMs, permit) {
    const began = performance.now();
    const model = parts.model();
    using lenses = await probeLenses(request, model.lensesOf(hooks.caller));
    const planned = inSpanSync("tokenize", () => ({}), () => planProbe(request, model, lenses));
    const tokenizeMs = performance.now() - began;
    hooks.check?.(planned);
    const cost = exactCost(planned.plan, model.description.layers);
    permit.is(cost);
    await parts.quotas.spend(hooks.caller, cost);
    parts.metrics.promptTokens.inc(planned.plan.ids.length);
    for await (const event of parts.engine.probe(planned.plan, hooks.signal, flowOf(hooks))) {
      if (event.type === "start") {
        const { description, vocabulary } = model;
        yield { type: "start", answer: { ...planned, model: description, vocabulary, rowOfCell: event.rowOfCell } };
      } else if (event.type === "position") {
        yield event;
      } else {
        parts.metrics.rows.inc(event.rows);
        observe(parts.metrics, event.timing);
        parts.metrics.cachedTokens.inc(event.cachedTokens);
        permit.release(event.cachedTokens === 0 ? event.timing : undefined);
        yield { type: "end", bill: billOf(planned.plan.ids.length, event, queueMs, tokenizeMs) };
      }
    }
  });
}

/**
 * Work that needs the engine, when its turn in the queue has come.
 *
 * @param cost as far as it is known before the prompt is tokenised
 * @param work told the milliseconds of waiting
 */
export async function* inTurn<T>(
  { admission, quotas, metrics, model }: Pick<ProbeParts, "admission" | "quotas" | "metrics" | "model">,
  hooks: Pick<ProbeHooks, "caller" | "signal" | "onQueued" | "background">,
  cost: Cost,
  work: (queueMs: number, permit: Permit) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  model();
  const arrived = performance.now();
  using permit = await enterEngine({ admission, quotas }, hooks, cost);
  const queueMs = performance.now() - arrived;
  metrics.queueSeconds.observe(queueMs / 1000);
  yield* work(queueMs, permit);
}

/** The time that work took in the engine. */
export function observe(metrics: AppParts["metrics"], { forwardMs, lensMs }: EngineBill["timing"]): void {
  metrics.forwardSeconds.observe(forwardMs / 1000);
  metrics.lensSeconds.observe(lensMs / 1000);
}

/** Whose turns at the processor the work takes. */
export function flowOf({ caller, background = false }: Pick<ProbeHooks, "caller" | "background">): Flow {
  return { name: caller.id ?? "", background };
}

/** What the engine says of a prompt's cost. */
type EngineBill = Pick<Extract<ProbeEvent, { type: "end" }>, "rows" | "cachedTokens" | "timing">;

/** @param promptTokens of one prompt, or of all of a batch */
export function billOf(promptTokens: number, cost: EngineBill, queueMs: number, tokenizeMs: number): Bill {
  const { rows, cachedTokens, timing: engine } = cost;
  const ms = (value: number) => Math.round(value * 1000) / 1000;
  return {
    usage: { prompt_tokens: promptTokens, cached_tokens: cachedTokens, rows },
    timing: {
      queue_ms: ms(queueMs + engine.waitMs),
      tokenize_ms: ms(tokenizeMs),
      forward_ms: ms(engine.forwardMs),
      lens_ms: ms(engine.lensMs),
    },
  };
}

/** Timing as the Server-Timing header (W3C). */
export function serverTiming({ timing }: Bill): string {
  return `queue;dur=${timing.queue_ms}, tokenize;dur=${timing.tokenize_ms}, forward;dur=${timing.forward_ms}, lens;dur=${timing.lens_ms}`;
}
