import type { DecodedRows } from "../../model/engine/engine.ts";
import type { Refusal } from "../../openapi/refusal.ts";
import { inSpanSync } from "../../model/engine/span.ts";
import { billOf, flowOf, inTurn, observe, type ProbeHooks, type ProbeParts } from "../admitted_probe.ts";
import type { Bill, ProbeAnswer } from "../answer/answer.ts";
import { probeLenses } from "../probe_lenses.ts";
import { exactCost, roughCost, sumOf } from "../probe_cost.ts";
import type { PlannedProbe } from "../probe_plan.ts";
import { enginePlan, planBatch } from "./batch_plan.ts";
import type { BatchPrompt } from "./batch_prompts.ts";

/** What a batch gives, by the index of a prompt: of each prompt either `refused`, or `start`, its positions and `done`. */
export type BatchStep =
  | { readonly type: "refused"; readonly index: number; readonly refusal: Refusal }
  | { readonly type: "start"; readonly index: number; readonly answer: ProbeAnswer }
  | { readonly type: "position"; readonly index: number; readonly position: number; readonly rows: DecodedRows }
  | { readonly type: "done"; readonly index: number; readonly bill: Bill }
  | { readonly type: "end"; readonly bill: Bill };

interface BatchHooks extends Pick<ProbeHooks, "caller" | "signal" | "onQueued" | "background"> {
  /** A last look at all prompts that will run; may refuse. */
  readonly check?: (planned: readonly PlannedProbe[]) => void;
}

/**
 * Prompts that are asked the same, from admission to the last row, in one place of the queue.
 * @throws {Refusal} where what is asked of all of them alike is not acceptable; what `admittedProbe` throws
 */
export async function* admittedBatch(
  prompts: readonly BatchPrompt[],
  parts: ProbeParts,
  hooks: BatchHooks,
): AsyncGenerator<BatchStep, void> {
  const rough = sumOf(prompts.map((prompt) => roughCost(prompt.request, parts.model().description)));
  yield* inTurn(parts, hooks, rough, async function* (queueMs, permit) {
    const began = performance.now();
    const model = parts.model();
    using lenses = await probeLenses(prompts[0]!.request, model.lensesOf(hooks.caller));
    const items = inSpanSync("tokenize", () => ({ prompts: prompts.length }), () => planBatch(prompts, model, lenses));
    const running = items.flatMap((item, index) => "planned" in item ? [{ index, planned: item.planned }] : []);
    const tokenizeMs = performance.now() - began;
    hooks.check?.(running.map(({ planned }) => planned));
    const cost = sumOf(running.map(({ planned }) => exactCost(planned.plan, model.description.layers)));
    permit.is(cost);
    await parts.quotas.spend(hooks.caller, cost);
    for (const [index, item] of items.entries()) {
      if ("refusal" in item) yield { type: "refused", index, refusal: item.refusal };
    }
    const idle = { waitMs: 0, forwardMs: 0, lensMs: 0 };
    if (running.length === 0) {
      yield { type: "end", bill: billOf(0, { rows: 0, cachedTokens: 0, timing: idle }, queueMs, tokenizeMs) };
      return;
    }
    const total = { tokens: 0, rows: 0, cachedTokens: 0 };
    for await (
      const event of parts.engine.probeBatch(
        enginePlan(running.map(({ planned }) => planned)),
        hooks.signal,
        flowOf(hooks),
      )
    ) {
      if (event.type === "start") {
        const { description, vocabulary } = model;
        for (const { index, planned } of running) {
          const answer = { ...planned, model: description, vocabulary, rowOfCell: event.rowOfCell };
          yield { type: "start", index, answer };
        }
      } else if (event.type === "position") {
        yield { type: "position", index: running[event.prompt]!.index, position: event.position, rows: event.rows };
      } else if (event.type === "prompt") {
        const { index, planned } = running[event.prompt]!;
        const tokens = planned.plan.ids.length;
        total.tokens += tokens;
        total.rows += event.rows;
        total.cachedTokens += event.cachedTokens;
        parts.metrics.promptTokens.inc(tokens);
        parts.metrics.rows.inc(event.rows);
        parts.metrics.cachedTokens.inc(event.cachedTokens);
        yield { type: "done", index, bill: billOf(tokens, event, queueMs, tokenizeMs) };
      } else {
        observe(parts.metrics, event.timing);
        yield { type: "end", bill: billOf(total.tokens, { ...total, timing: event.timing }, queueMs, tokenizeMs) };
      }
    }
  });
}
