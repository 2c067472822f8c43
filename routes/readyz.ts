import { ALWAYS, headers, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { Readiness } from "../openapi/schemas/health.ts";
import type { JobStore } from "../lab/jobs/types.ts";
import type { LensLibrary } from "../lens/library/types.ts";
import { Draining } from "../lab/admission/admission.ts";
import { type Engine, EngineUnavailable } from "../model/engine/engine.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";

interface ReadyParts {
  readonly engine: Engine;
  readonly model: () => LoadedModel;
  readonly draining: () => boolean;
  readonly jobs: Promise<Pick<JobStore, "trouble">>;
  readonly lenses: Promise<Pick<LensLibrary, "trouble">>;
}

const RETRY_SECONDS = 2;

/** GET /readyz: whether a probe would be taken now. */
export function readyz({ engine, model, draining, jobs, lenses }: ReadyParts): Operation {
  return {
    access: "public",
    route: {
      method: "get",
      path: "/readyz",
      operationId: "getReadiness",
      tags: ["service"],
      summary: "Tell whether probes are taken",
      description: "503 while the model is being loaded, after its process ended, and while the service stops. " +
        "`trouble` says what does not work meanwhile though probes do.",
      responses: {
        200: {
          description: "Probes are taken.",
          headers: headers({}),
          content: { "application/json": { schema: Readiness } },
        },
        ...refusals(...OF_THE_MODEL, "draining", ...ALWAYS),
      },
    },
    async handler(c) {
      if (draining()) throw new Draining();
      if (engine.state !== "ready") throw new EngineUnavailable(engine.detail, RETRY_SECONDS);
      model();
      const trouble = [await (await lenses).trouble(), (await jobs).trouble].filter((each) => each !== null);
      return c.json({ status: "ok", trouble });
    },
  };
}
