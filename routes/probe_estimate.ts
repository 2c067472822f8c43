import type { Cost } from "../lab/admission/cost.ts";
import type { QuotaName, QuotaState } from "../lab/quota/quotas.ts";
import { ALWAYS, headers, OF_A_BODY, OF_A_PROMPT, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { ProbeEstimate } from "../openapi/schemas/probe_estimate.ts";
import { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import type { ProbeParts } from "./admitted_probe.ts";
import { report } from "./env.ts";
import { jsonBody } from "./json_body.ts";
import type { Operation } from "./operation.ts";
import { exactCost } from "./probe_cost.ts";
import { probeLenses } from "./probe_lenses.ts";
import { planProbe } from "./probe_plan.ts";
import { estimateResponseBytes } from "./response_size.ts";

/** POST /probe/estimate: checks a probe whole, and says what it would take. */
export function probeEstimate(parts: ProbeParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/probe/estimate",
      operationId: "estimateProbe",
      tags: ["probe"],
      summary: "Estimate a probe",
      description:
        "Checks a request of POST /probe whole, as that would, and runs nothing. An answer that is too large " +
        "for POST /probe is estimated too.",
      request: { body: { required: true, content: { "application/json": { schema: ProbeRequest } } } },
      responses: {
        200: {
          description: "What the probe would take.",
          headers: headers({}),
          content: { "application/json": { schema: ProbeEstimate } },
        },
        ...refusals(
          "not-found",
          ...OF_A_BODY,
          ...OF_A_PROMPT,
          "conflicting-members",
          "unknown-lens",
          "lens-does-not-fit",
          "timeout",
          ...OF_THE_MODEL,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ProbeRequest, parts.settings.maxBodyBytes);
      report(c, { prompt: request.prompt });
      const caller = c.get("caller");
      const model = parts.model();
      using lenses = await probeLenses(request, model.lensesOf(caller));
      const planned = planProbe(request, model, lenses);
      const cost = exactCost(planned.plan, model.description.layers);
      const { calibration } = parts.admission;
      const states = await parts.quotas.states(caller);
      return c.json(
        {
          prompt_tokens: cost.tokens,
          rows: cost.rows,
          response_bytes: Math.round(estimateResponseBytes(planned)),
          estimated_ms: rounded(calibration.ms(cost)),
          estimate_error: calibration.error === null ? null : rounded(calibration.error),
          wait_ms: rounded(parts.admission.expectedWaitMs({ key: caller.id, cost })),
          quota: states.flatMap((state) => quotaEstimate(state, cost)),
        } satisfies ProbeEstimate,
      );
    },
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** What a probe takes of each quota; of those it does not touch, nothing is said. */
const TAKES: Partial<Record<QuotaName, (cost: Cost) => number>> = {
  "prompt-tokens": ({ tokens }) => tokens,
  "rows": ({ rows }) => rows,
  "requests-in-flight": () => 1,
};

function quotaEstimate({ name, quota, remaining }: QuotaState, cost: Cost): ProbeEstimate["quota"] {
  const takes = TAKES[name];
  if (takes === undefined || name === "jobs") return [];
  return [{ name, quota, takes: takes(cost), remaining }];
}
