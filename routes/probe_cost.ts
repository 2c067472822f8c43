import { type Cost } from "../lab/admission/cost.ts";
import type { ModelDescription, ProbePlan } from "../model/engine/engine.ts";
import { planRows } from "../model/engine/row_plan.ts";
import type { ActivationsRequest } from "../openapi/schemas/activations_request.ts";
import type { ProbeRequest } from "../openapi/schemas/probe_request.ts";

/** Characters of a token, about: text of most languages has more. */
const CHARACTERS = 3;

/** What a request takes, as far as it can be told without tokenising it. */
export function roughCost(request: ProbeRequest, { layers }: Pick<ModelDescription, "layers">): Cost {
  const tokens = roughTokens(request.prompt);
  const { positions = "last", sites, lenses, layers: asked } = request;
  const places = positions === "last" ? 1 : positions === "all" ? tokens : positions.length;
  const cells = (sites?.length ?? 1) * (lenses?.length ?? 1) * (asked?.length ?? layers);
  return { tokens, rows: places * (cells + 1) };
}

/** What a plan takes: equal rows are decoded once. */
export function exactCost({ ids, positions, cells, share }: ProbePlan, layers: number): Cost {
  return { tokens: ids.length, rows: positions.length * planRows(cells, layers, share).rows.length };
}

/** States are read as they are, but for the logits. */
export function activationsCost({ prompt, logits, positions = "last" }: ActivationsRequest): Cost {
  const tokens = roughTokens(prompt);
  const places = positions === "last" ? 1 : positions === "all" ? tokens : positions.length;
  return { tokens, rows: logits ? places : 0 };
}

export function sumOf(costs: readonly Cost[]): Cost {
  return costs.reduce((sum, { tokens, rows }) => ({ tokens: sum.tokens + tokens, rows: sum.rows + rows }), {
    tokens: 0,
    rows: 0,
  });
}

function roughTokens(prompt: ProbeRequest["prompt"]): number {
  if (Array.isArray(prompt)) return prompt.length;
  const text = typeof prompt === "string" ? prompt.length : prompt.messages.reduce(
    (sum, { role, content }) => sum + role.length + content.length,
    0,
  );
  return Math.ceil(text / CHARACTERS) + 1;
}
