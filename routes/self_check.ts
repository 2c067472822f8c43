import { NO_COST } from "../lab/admission/cost.ts";
import { ALWAYS, headers, OF_WORK, refusals } from "../openapi/responses.ts";
import { SelfCheck } from "../openapi/schemas/self_check.ts";
import type { SelfCheckReport } from "../lab/self_check/report.ts";
import { selfCheck as runSelfCheck } from "../lab/self_check/self_check.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";
import type { AppParts } from "./parts.ts";

type SelfCheckRouteParts = Pick<AppParts, "engine" | "admission" | "checkpoint"> & {
  readonly model: () => LoadedModel;
};

/** GET /self-check: the invariants, on the loaded model and lenses. */
export function selfCheck(parts: SelfCheckRouteParts): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/self-check",
      operationId: "getSelfCheck",
      tags: ["service"],
      summary: "Check the service's numbers",
      description:
        "Runs every invariant on the loaded model, each with its figure and bound, and tells of each lens whether " +
        "it is read at the layers that it was made for. Waits its turn as a probe does, and takes seconds.",
      responses: {
        200: {
          description: "What was found; `passed` sums it up.",
          headers: headers({}),
          content: { "application/json": { schema: SelfCheck } },
        },
        // 404: a lens that was deleted while it was about to be looked at.
        ...refusals("not-found", ...OF_WORK, ...ALWAYS),
      },
    },
    async handler(c) {
      const signal = c.get("signal");
      parts.model();
      using _permit = await parts.admission.enter({ key: c.get("caller").id, cost: NO_COST }, signal);
      const { description, maxTokens, tokenizer, lensesOf } = parts.model();
      const lenses = lensesOf(c.get("caller"));
      const { engine, checkpoint } = parts;
      const report = await runSelfCheck({
        engine,
        model: description,
        maxTokens,
        tokenizer: "unavailable" in tokenizer ? null : tokenizer,
        checkpoint,
        lenses: await lenses.list(),
      }, signal);
      return c.json(answerOf(report));
    },
  };
}

function answerOf({ model, passed, tokens, elapsedMs, invariants, lenses }: SelfCheckReport): SelfCheck {
  const { id, digest, precision } = model;
  return {
    model: { id, digest, precision },
    passed,
    tokens,
    elapsed_ms: elapsedMs,
    invariants: invariants.map((check) => ({ ...check })),
    lenses: lenses.map(({ layers, kl, ...rest }) => ({
      ...rest,
      layers: [...layers],
      kl: { lens: [...kl.lens], shifted: kl.shifted && [...kl.shifted], logit: [...kl.logit] },
    })),
  };
}
