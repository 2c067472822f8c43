import { ALWAYS, ETAG, headers, OF_THE_MODEL, refusals } from "../openapi/responses.ts";
import { RevalidationHeaders } from "../openapi/request_headers.ts";
import { ModelInfo } from "../openapi/schemas/model_info.ts";
import { MAX_TOP_K, MAX_TRACKED } from "../openapi/schemas/probe_request.ts";
import { SITE_MEANING, SITES } from "../lens/sites.ts";
import { STATISTICS } from "../lens/statistics.ts";
import { placeOf, type PrecisionFidelity, type StateFidelity } from "../model/engine/fidelity.ts";
import type { Fidelity } from "../openapi/schemas/fidelity.ts";
import { etagOf, tagged } from "./etag.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";
import type { AppParts, AppSettings, Versions } from "./parts.ts";

interface ModelParts {
  readonly model: () => LoadedModel;
  readonly settings: AppSettings;
  readonly admission: AppParts["admission"];
  readonly versions: Versions;
}

/** GET /model: what is loaded, and what this service takes. */
export function model(parts: ModelParts): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/model",
      operationId: "getModel",
      tags: ["service"],
      summary: "Describe the loaded model",
      description: "The model, what can be asked of it, and every limit of this service.",
      request: { headers: RevalidationHeaders },
      responses: {
        200: {
          description: "The model.",
          headers: headers(ETAG),
          content: { "application/json": { schema: ModelInfo } },
        },
        304: { description: "What If-None-Match names is still right.", headers: headers(ETAG) },
        ...refusals(...OF_THE_MODEL, ...ALWAYS),
      },
    },
    async handler(c) {
      const text = JSON.stringify(infoOf(parts.model(), parts));
      return tagged(c, text, await etagOf(text));
    },
  };
}

function infoOf(
  { description: it, tokenizer, fidelity, maxTokens }: LoadedModel,
  { settings, admission, versions }: ModelParts,
): ModelInfo {
  const text = "unavailable" in tokenizer ? undefined : tokenizer;
  return {
    id: it.id,
    digest: it.digest,
    architecture: it.architecture,
    family: it.family,
    layers: it.layers,
    d_model: it.dModel,
    heads: it.heads,
    kv_heads: it.kvHeads,
    head_dim: it.headDim,
    vocabulary: it.vocabulary,
    context: it.context,
    parameters: it.parameters,
    precision: it.precision,
    fidelity: fidelity === null ? null : fidelityOf(fidelity),
    source_dtype: it.sourceDtype,
    tokenizer: text !== undefined,
    chat_template: text?.hasChatTemplate ?? false,
    sites: SITES.map((name) => ({ name, meaning: SITE_MEANING[name] })),
    statistics: STATISTICS.map(({ name, unit, needsNextToken, needsAgainst, description }) => ({
      name,
      unit,
      nullable: needsNextToken || needsAgainst,
      description,
    })),
    limits: {
      prompt_tokens: maxTokens,
      prompt_characters: text?.characterLimit(maxTokens) ?? 0,
      top_k: MAX_TOP_K,
      tracked: MAX_TRACKED,
      response_bytes: settings.maxResponseBytes,
      body_bytes: settings.maxBodyBytes,
      lens_bytes: settings.maxLensBytes,
      job_prompts: settings.maxJobPrompts,
      queue: admission.places,
      parallel: admission.parallel,
      request_timeout_ms: settings.requestTimeoutMs,
    },
    versions,
  };
}

function fidelityOf({ output, states }: PrecisionFidelity): Fidelity {
  return { ...figuresOf(output), states: states.map((one) => ({ ...placeOf(one.state), ...figuresOf(one) })) };
}

function figuresOf({ positions, kl, top1Agreement, meanRank }: StateFidelity): Omit<Fidelity, "states"> {
  return { positions, kl, top1_agreement: top1Agreement, mean_rank: meanRank };
}
