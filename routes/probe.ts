import { accepts } from "hono/accepts";
import { z } from "@hono/zod-openapi";
import { PROBE_LINKS } from "../openapi/links.ts";
import { ALWAYS, headers, OF_A_PROBE, refusals, SERVER_TIMING, VARY } from "../openapi/responses.ts";
import { ProbeRequest } from "../openapi/schemas/probe_request.ts";
import { ProbeResponse } from "../openapi/schemas/probe_response.ts";
import { admittedProbe, type ProbeParts, serverTiming } from "./admitted_probe.ts";
import type { AnswerForm, AnswerWriter, Bill } from "./answer/answer.ts";
import { csv } from "./answer/csv.ts";
import { json } from "./answer/json.ts";
import { text } from "./answer/text.ts";
import { report, type ServiceContext } from "./env.ts";
import { jsonBody } from "./json_body.ts";
import type { Operation } from "./operation.ts";
import { estimateResponseBytes, responseTooLarge } from "./response_size.ts";

const FORMS: Readonly<Record<string, AnswerForm>> = {
  "application/json": json,
  "text/csv": csv,
  "text/plain": text,
};

/** POST /probe: decodes a prompt, and answers whole. */
export function probe(parts: ProbeParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/probe",
      operationId: "createProbe",
      tags: ["probe"],
      summary: "Decode a prompt",
      description: "Runs the prompt through the model once and decodes the cells asked for. " +
        "Accept chooses the form: JSON (default), `text/csv` (a tidy table) or `text/plain` (a picture for the terminal).",
      request: { body: { required: true, content: { "application/json": { schema: ProbeRequest } } } },
      responses: {
        200: {
          description: "What the model was about to say in every cell.",
          headers: headers({ ...SERVER_TIMING, ...VARY }),
          content: {
            "application/json": { schema: ProbeResponse },
            "text/csv": { schema: z.string() },
            "text/plain": { schema: z.string() },
          },
          links: PROBE_LINKS,
        },
        ...refusals(...OF_A_PROBE, "response-too-large", ...ALWAYS),
      },
    },
    async handler(c) {
      const request = await jsonBody(c, ProbeRequest, parts.settings.maxBodyBytes);
      report(c, { prompt: request.prompt });
      const form = FORMS[accepts(c, { header: "Accept", supports: Object.keys(FORMS), default: "application/json" })]!;
      const { body, bill } = await writeAnswer(request, form, parts, c);
      report(c, { ...bill.usage, ...bill.timing });
      return c.body(body, 200, {
        "Content-Type": form.contentType,
        "Vary": "Accept",
        "Server-Timing": serverTiming(bill),
      });
    },
  };
}

/** The whole answer, at most `maxResponseBytes` of it: refused before the work where the plan shows it, else while writing. */
async function writeAnswer(request: ProbeRequest, form: AnswerForm, parts: ProbeParts, c: ServiceContext) {
  const { maxResponseBytes } = parts.settings;
  let writer: AnswerWriter | undefined;
  let bill: Bill | undefined;
  let tooLarge = (bytes: number): Error => new Error(`an answer of ${bytes} bytes without a plan`);
  const steps = admittedProbe(request, parts, {
    caller: c.get("caller"),
    signal: c.get("signal"),
    check(planned) {
      tooLarge = (bytes) => responseTooLarge(bytes, maxResponseBytes, planned);
      const estimate = estimateResponseBytes(planned);
      if (estimate > maxResponseBytes) throw tooLarge(estimate);
    },
  });
  for await (const step of steps) {
    if (step.type === "start") writer = form.begin(step.answer);
    else if (step.type === "end") bill = step.bill;
    else {
      writer!.position(step.position, step.rows);
      if (writer!.size > maxResponseBytes) throw tooLarge(writer!.size);
    }
  }
  if (!writer || !bill) throw new Error("the engine ended a probe without its end");
  return { body: writer.finish(bill), bill };
}
