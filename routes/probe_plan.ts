import type { z } from "@hono/zod-openapi";
import { type StatisticName, STATISTICS } from "../lens/statistics.ts";
import { type NamedFault, pointer, quote, refusalOf } from "../openapi/refusal.ts";
import { DEFAULT_STATISTICS, type ProbeRequest } from "../openapi/schemas/probe_request.ts";
import type { LensRef } from "../openapi/schemas/probe_response.ts";
import type { PromptToken } from "../openapi/schemas/token.ts";
import type { ProbePlan } from "../model/engine/engine.ts";
import { LOGIT } from "./lenses/lens_id.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { type LensCell, probeCells } from "./probe_cells.ts";
import type { ProbeLens, ProbeLenses } from "./probe_lenses.ts";
import { promptIds } from "./prompt_ids.ts";
import { selectLayers, selectPositions, selectSites } from "./selection.ts";
import { trackedTokens } from "./tracked_tokens.ts";

/** A probe that has been checked whole, and what its answer says beside the engine's numbers. */
export interface PlannedProbe {
  readonly plan: ProbePlan;
  /** What was asked for where `plan.cells` says what is computed. */
  readonly cells: readonly LensCell[];
  readonly lenses: readonly z.infer<typeof LensRef>[];
  readonly tokens: readonly z.infer<typeof PromptToken>[];
  readonly warnings: readonly string[];
}

const DEFAULT_TOP_K = 10;

/**
 * Checks a request against the loaded model.
 *
 * @param lenses those that the request names
 * @throws {Refusal} 422 with every fault
 */
export function planProbe(request: ProbeRequest, model: LoadedModel, lenses: ProbeLenses): PlannedProbe {
  const depth = model.description.layers;
  const prompt = promptIds(request.prompt, request.add_special_tokens ?? true, model);
  const layers = selectLayers(request.layers, depth);
  const positions = "ids" in prompt ? selectPositions(request.positions ?? "last", prompt.ids.length) : prompt;
  const sites = selectSites(request.sites ?? ["resid_post"]);
  const cells = "faults" in layers ? layers : probeCells(lenses, { sites, layers: request.layers, depth });
  const tracked = trackedTokens(request.track ?? [], request.track_ids ?? [], model);
  const others = [...lenses.faults, ...normFaults(request, lenses.lenses), ...statisticFaults(request)];
  if (
    "faults" in prompt || "faults" in cells || "faults" in positions || others.length + tracked.faults.length > 0
  ) {
    throw refusalOf([
      ...("faults" in prompt ? prompt.faults : "faults" in positions ? positions.faults : []),
      ...others,
      ...("faults" in cells ? cells.faults : []),
      ...tracked.faults,
    ]);
  }
  return {
    plan: {
      ids: prompt.ids,
      positions: positions.indices,
      cells: cells.plans,
      translators: cells.translators.sources,
      norm: request.norm ?? "own",
      topK: Math.min(request.top_k ?? DEFAULT_TOP_K, model.description.vocabulary),
      tracked: tracked.ids,
      statistics: statisticsOf(request),
      cache: request.cache ?? true,
    },
    cells: cells.cells,
    lenses: lenses.lenses.map(lensRef),
    tokens: prompt.ids.map((id, position) => ({ position, ...model.vocabulary.token(id) })),
    warnings: [
      ...("unavailable" in model.tokenizer ? [`pieces and texts are empty: ${model.tokenizer.unavailable}`] : []),
      ...cells.warnings,
      ...tracked.warnings,
    ],
  };
}

/** Statistics of a request: those asked for, and with `against` all that compare with it; each once. */
export function statisticsOf({ statistics, against }: Pick<ProbeRequest, "statistics" | "against">): StatisticName[] {
  const compared = against === undefined ? [] : STATISTICS.filter((row) => row.needsAgainst).map(({ name }) => name);
  return [...new Set<StatisticName>([...(statistics ?? DEFAULT_STATISTICS), ...compared])];
}

function statisticFaults({ statistics = [], against }: ProbeRequest): NamedFault[] {
  if (against !== undefined) return [];
  return statistics.flatMap((name, at): NamedFault[] => {
    if (!STATISTICS.some((row) => row.name === name && row.needsAgainst)) return [];
    const detail = `${name} compares with another lens: name it in \`against\``;
    return [{ problem: "conflicting-members", in: "body", pointer: pointer(["statistics", at]), detail }];
  });
}

/** Attribution adds up for the states themselves, not for what a translator makes of them. */
function normFaults({ norm, against }: ProbeRequest, lenses: readonly ProbeLens[]): NamedFault[] {
  if (norm !== "final") return [];
  const other = lenses.find(({ id }) => id !== LOGIT)?.id ?? (against === LOGIT ? undefined : against);
  if (other === undefined) return [];
  const detail = `norm "final" is for the logit lens alone, and ${
    quote(other)
  } is another: leave it out, or norm "own"`;
  return [{ problem: "conflicting-members", in: "body", pointer: pointer(["norm"]), detail }];
}

function lensRef({ id, entry, lens }: ProbeLens): z.infer<typeof LensRef> {
  if (entry === null) return { id, kind: lens.kind };
  return { id, kind: lens.kind, sha256: entry.record.sha256, model_match: entry.match.match };
}
