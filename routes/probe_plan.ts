import type { z } from "@hono/zod-openapi";
import { type NamedFault, pointer, quote, refusalOf } from "../openapi/refusal.ts";
import { DEFAULT_STATISTICS, type ProbeRequest } from "../openapi/schemas/probe_request.ts";
import type { LensRef } from "../openapi/schemas/probe_response.ts";
import type { PromptToken } from "../openapi/schemas/token.ts";
import type { CellPlan, ProbePlan } from "../model/engine/engine.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { promptIds } from "./prompt_ids.ts";
import { selectLayers, selectPositions, selectSites } from "./selection.ts";
import { trackedTokens } from "./tracked_tokens.ts";

/** A cell with the lens it is read through. */
export interface LensCell extends CellPlan {
  readonly lens: string;
}

/** A probe that has been checked whole, and what its answer says beside the engine's numbers. */
export interface PlannedProbe {
  readonly plan: ProbePlan;
  /** As `plan.cells`, with the lens of each. */
  readonly cells: readonly LensCell[];
  readonly lenses: readonly z.infer<typeof LensRef>[];
  readonly tokens: readonly z.infer<typeof PromptToken>[];
  readonly warnings: readonly string[];
}

const DEFAULT_TOP_K = 10;
const LENSES = [{ id: "logit", kind: "logit" }] as const;

/**
 * Checks a request against the loaded model.
 * @throws {Refusal} 422 with every fault
 */
export function planProbe(request: ProbeRequest, model: LoadedModel): PlannedProbe {
  const prompt = promptIds(request.prompt, request.add_special_tokens ?? true, model);
  const layers = selectLayers(request.layers, model.description.layers);
  const positions = "ids" in prompt ? selectPositions(request.positions ?? "last", prompt.ids.length) : prompt;
  const lenses = selectLenses(request.lenses ?? ["logit"]);
  const tracked = trackedTokens(request.track ?? [], request.track_ids ?? [], model);
  if (
    "faults" in prompt || "faults" in layers || "faults" in positions ||
    lenses.faults.length + tracked.faults.length > 0
  ) {
    throw refusalOf([
      ...("faults" in prompt ? prompt.faults : "faults" in positions ? positions.faults : []),
      ...lenses.faults,
      ...("faults" in layers ? layers.faults : []),
      ...tracked.faults,
    ]);
  }
  const sites = selectSites(request.sites ?? ["resid_post"]);
  const cells = lenses.refs.flatMap(({ id: lens }) =>
    sites.flatMap((site) => layers.indices.map((layer) => ({ lens, site, layer })))
  );
  return {
    plan: {
      ids: prompt.ids,
      positions: positions.indices,
      cells: cells.map(({ site, layer }) => ({ site, layer })),
      norm: request.norm ?? "own",
      cache: request.cache ?? true,
      topK: Math.min(request.top_k ?? DEFAULT_TOP_K, model.description.vocabulary),
      tracked: tracked.ids,
      statistics: [...new Set(request.statistics ?? DEFAULT_STATISTICS)],
    },
    cells,
    lenses: lenses.refs,
    tokens: prompt.ids.map((id, position) => ({ position, ...model.vocabulary.token(id) })),
    warnings: "unavailable" in model.tokenizer
      ? [`pieces and texts are empty: ${model.tokenizer.unavailable}`, ...tracked.warnings]
      : tracked.warnings,
  };
}

function selectLenses(asked: readonly string[]): { refs: (typeof LENSES)[number][]; faults: NamedFault[] } {
  const faults = asked.flatMap((id, at): NamedFault[] =>
    LENSES.some((lens) => lens.id === id) ? [] : [{
      problem: "unknown-lens",
      in: "body",
      pointer: pointer(["lenses", at]),
      detail: `there is no lens ${quote(id)}; there is ${LENSES.map((lens) => quote(lens.id)).join(", ")}`,
    }]
  );
  const refs = [...new Set(asked)].flatMap((id) => LENSES.filter((lens) => lens.id === id));
  return { refs, faults };
}
