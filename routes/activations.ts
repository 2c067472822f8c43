import { z } from "@hono/zod-openapi";
import { headerRefs } from "../openapi/headers.ts";
import { ALWAYS, headers, OF_A_BODY, OF_A_PROMPT, OF_WORK, refusals } from "../openapi/responses.ts";
import { ActivationsRequest } from "../openapi/schemas/activations_request.ts";
import type { ActivationsPlan } from "../model/engine/engine.ts";
import { flowOf } from "./admitted_probe.ts";
import { enterEngine } from "./enter_engine.ts";
import { planActivations } from "./activations_plan.ts";
import { activationsCost } from "./probe_cost.ts";
import type { ProbeParts } from "./admitted_probe.ts";
import { bodyStream } from "./answer/body_stream.ts";
import { safetensorsStart } from "./answer/safetensors.ts";
import { report } from "./env.ts";
import { jsonBody } from "./json_body.ts";
import type { LoadedModel } from "./loaded_model.ts";
import type { Operation } from "./operation.ts";

/** POST /activations: the residual states themselves, as a safetensors file. */
export function activations(parts: ProbeParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/activations",
      operationId: "createActivations",
      tags: ["activations"],
      summary: "Get residual states",
      description:
        "A safetensors file: `positions` and `input_ids` (int64), then `{site}.{layer}` [positions, d_model] by layer and site, " +
        "then `logits` [positions, vocabulary] where asked for. Its metadata has the model's digest and the prompt's pieces.",
      request: { body: { required: true, content: { "application/json": { schema: ActivationsRequest } } } },
      responses: {
        200: {
          description: "The file. A connection that breaks before Content-Length bytes means that the work failed.",
          headers: headers(headerRefs("Content-Length")),
          content: {
            "application/octet-stream": { schema: z.string().openapi({ type: "string", format: "binary" }) },
          },
        },
        ...refusals(...OF_A_BODY, ...OF_A_PROMPT, ...OF_WORK, ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ActivationsRequest, parts.settings.maxBodyBytes);
      report(c, { prompt: request.prompt });
      const signal = c.get("signal");
      parts.model();
      const permit = await enterEngine(parts, { caller: c.get("caller"), signal }, activationsCost(request));
      try {
        const model = parts.model();
        const plan = planActivations(request, model);
        await parts.quotas.spend(c.get("caller"), {
          tokens: plan.ids.length,
          rows: plan.logits ? plan.positions.length : 0,
        });
        const { head, valueBytes } = safetensorsStart(plan, model.description, metadataOf(plan, model));
        const values = parts.engine.activations(plan, signal, flowOf({ caller: c.get("caller") }))
          [Symbol.asyncIterator]();
        // The engine's first word is waited for, so that its refusal still has a status.
        const first = await values.next();
        parts.metrics.promptTokens.inc(plan.ids.length);
        report(c, { prompt_tokens: plan.ids.length, bytes: head.byteLength + valueBytes });
        const file = safetensorsFile(head, valueBytes, first, values, permit.release);
        return c.body(bodyStream(c, file), 200, {
          "Content-Type": "application/octet-stream",
          "Content-Length": String(head.byteLength + valueBytes),
        });
      } catch (error) {
        permit.release();
        throw error;
      }
    },
  };
}

/** The file, chunk by chunk; an engine that gives fewer or more bytes than promised breaks it. */
async function* safetensorsFile(
  head: Uint8Array,
  valueBytes: number,
  first: IteratorResult<Uint8Array>,
  values: AsyncIterator<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield head;
    let left = valueBytes;
    for (let part = first; !part.done; part = await values.next()) {
      left -= part.value.byteLength;
      if (left < 0) break;
      yield part.value;
    }
    if (left !== 0) throw new Error(`the engine's states are ${-left} bytes longer than the plan's`);
  } finally {
    await values.return?.();
    release();
  }
}

function metadataOf(plan: ActivationsPlan, { description, vocabulary }: LoadedModel): Record<string, string> {
  return {
    model_id: description.id,
    model_digest: description.digest,
    precision: description.precision,
    pieces: JSON.stringify(plan.ids.map((id) => vocabulary.token(id).piece)),
  };
}
