import { accepts } from "hono/accepts";
import { z } from "@hono/zod-openapi";
import { BATCH_LINKS } from "../../openapi/links.ts";
import { Refusal } from "../../openapi/refusal.ts";
import { ALWAYS, headers, OF_A_PROBE, refusals, SERVER_TIMING, VARY } from "../../openapi/responses.ts";
import { BatchRequest, BatchResponse } from "../../openapi/schemas/batch.ts";
import { type ProbeParts, serverTiming } from "../admitted_probe.ts";
import type { Bill } from "../answer/answer.ts";
import { report, type ServiceContext } from "../env.ts";
import { jsonBody } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import { estimateResponseBytes } from "../response_size.ts";
import { admittedBatch } from "./admitted_batch.ts";
import { batchCsv, type BatchForm, batchJson } from "./batch_answer.ts";
import { batchPrompts, promptText } from "./batch_prompts.ts";

const FORMS: Readonly<Record<string, BatchForm>> = { "application/json": batchJson, "text/csv": batchCsv };

/** POST /probe/batch: several prompts that are asked the same, answered whole. */
export function probeBatch(parts: ProbeParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/probe/batch",
      operationId: "createProbeBatch",
      tags: ["probe"],
      summary: "Decode several prompts",
      description:
        "The members of a probe for up to 64 prompts, or for a template and its values. What prompts begin with " +
        "alike is computed once. A prompt that is refused is that item's `problem`; the others go on. " +
        "`Accept: text/csv` gives one tidy table with the columns `prompt_index` and `prompt` first.",
      request: { body: { required: true, content: { "application/json": { schema: BatchRequest } } } },
      responses: {
        200: {
          description: "What was read of each prompt.",
          headers: headers({ ...SERVER_TIMING, ...VARY }),
          content: { "application/json": { schema: BatchResponse }, "text/csv": { schema: z.string() } },
          links: BATCH_LINKS,
        },
        ...refusals(...OF_A_PROBE, "response-too-large", ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, BatchRequest, parts.settings.maxBodyBytes);
      const form = FORMS[accepts(c, { header: "Accept", supports: Object.keys(FORMS), default: "application/json" })]!;
      const { body, bill } = await writeBatch(request, form, parts, c);
      report(c, { ...bill.usage, ...bill.timing });
      return c.body(body, 200, {
        "Content-Type": form.contentType,
        "Vary": "Accept",
        "Server-Timing": serverTiming(bill),
      });
    },
  };
}

async function writeBatch(request: BatchRequest, form: BatchForm, parts: ProbeParts, c: ServiceContext) {
  const { maxResponseBytes } = parts.settings;
  const asked = batchPrompts(request);
  const prompts = asked.map(({ request: { prompt } }) => promptText(prompt));
  const writer = form.begin(request, prompts, c.get("requestId"));
  let bill: Bill | undefined;
  const steps = admittedBatch(asked, parts, {
    caller: c.get("caller"),
    signal: c.get("signal"),
    check(planned) {
      const estimate = planned.reduce((sum, each) => sum + estimateResponseBytes(each), 0);
      if (estimate > maxResponseBytes) throw tooLarge(estimate, maxResponseBytes, prompts.length);
    },
  });
  for await (const step of steps) {
    if (step.type === "end") bill = step.bill;
    else writer.step(step);
    if (writer.size > maxResponseBytes) throw tooLarge(writer.size, maxResponseBytes, prompts.length);
  }
  if (!bill) throw new Error("the engine ended a batch without its end");
  return { body: writer.finish(bill), bill };
}

function tooLarge(bytes: number, maxBytes: number, prompts: number): Refusal {
  return new Refusal(
    "response-too-large",
    `the answers of ${prompts} prompts would be about ${(bytes / 1e6).toFixed(1)} MB, more than ` +
      `${
        (maxBytes / 1e6).toFixed(1)
      } MB (--max-response-bytes): send fewer prompts, narrow positions, layers, sites, lenses, ` +
      "top_k, track or statistics; POST /probe/batch/stream has no such bound",
    [{ in: "body", pointer: "", detail: `${prompts} prompts` }],
  );
}
