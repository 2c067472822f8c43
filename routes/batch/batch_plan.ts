import type { BatchPlan } from "../../model/engine/engine.ts";
import { Refusal } from "../../openapi/refusal.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { ProbeLenses } from "../probe_lenses.ts";
import { type PlannedProbe, planProbe } from "../probe_plan.ts";
import type { BatchPrompt } from "./batch_prompts.ts";

/** A prompt of a batch that was checked: what is asked of it, or why it is refused. The others go on. */
export type PlannedItem = { readonly planned: PlannedProbe } | { readonly refusal: Refusal };

/**
 * Checks every prompt against the loaded model.
 * @throws {Refusal} where what is asked of all prompts alike is not acceptable
 */
export function planBatch(prompts: readonly BatchPrompt[], model: LoadedModel, lenses: ProbeLenses): PlannedItem[] {
  return prompts.map(({ request, pointer }) => {
    try {
      return { planned: planProbe(request, model, lenses) };
    } catch (error) {
      if (!(error instanceof Refusal) || !error.faults.every(isOfPrompt)) throw error;
      const faults = error.faults.map((fault) =>
        "pointer" in fault ? { ...fault, pointer: fault.pointer!.replace(/^\/prompt/, pointer) } : fault
      );
      return { refusal: new Refusal(error.problem, error.detail, faults) };
    }
  });
}

/** Positions are counted in the prompt: one may be too short for them where another is not. */
function isOfPrompt(fault: { readonly pointer?: string | undefined }): boolean {
  return /^\/(prompt|positions)(\/|$)/.test(fault.pointer ?? "");
}

/** The prompts that run, as one plan for the engine; all are asked the same. */
export function enginePlan(planned: readonly PlannedProbe[]): BatchPlan {
  const { ids: _ids, positions: _positions, ...question } = planned[0]!.plan;
  return { ...question, prompts: planned.map(({ plan: { ids, positions } }) => ({ ids, positions })) };
}
