import { Draining } from "../../lab/admission/admission.ts";
import { JOB_LINKS } from "../../openapi/links.ts";
import { quote, Refusal } from "../../openapi/refusal.ts";
import { ALWAYS, headers, LOCATION, OF_A_BODY, OF_THE_MODEL, refusals } from "../../openapi/responses.ts";
import { Job, JobRequest } from "../../openapi/schemas/job.ts";
import { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import { planBatch } from "../batch/batch_plan.ts";
import { batchPrompts } from "../batch/batch_prompts.ts";
import { report, type ServiceContext, sourceOf } from "../env.ts";
import { jsonBody } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import { probeLenses } from "../probe_lenses.ts";
import { type JobParts, OF_JOBS } from "./job_parts.ts";
import { jobView } from "./jobs_of.ts";
import { ndjsonPrompts } from "./ndjson_prompts.ts";

/** POST /jobs: prompts to be worked off in the background. */
export function createJob(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "post",
      path: "/jobs",
      operationId: "createJob",
      tags: ["jobs"],
      summary: "Make a job",
      description:
        "The members of a probe for many prompts, or for a template and its values; or a file, one ProbeRequest a line: " +
        "`curl --data-binary @prompts.jsonl -H 'Content-Type: application/x-ndjson'`, which may be of any size. Once it " +
        "is acknowledged it outlives the service. A prompt that is refused later is that prompt's `problem`; the others " +
        "go on. It has the key's quotas, and is worked on when nobody waits for a probe.",
      request: {
        body: {
          required: true,
          content: { "application/json": { schema: JobRequest }, "application/x-ndjson": { schema: ProbeRequest } },
        },
      },
      responses: {
        202: {
          description: "The job is kept, and will be worked on.",
          headers: headers(LOCATION),
          content: { "application/json": { schema: Job } },
          links: JOB_LINKS,
        },
        ...refusals(
          ...OF_A_BODY,
          "job-too-large",
          "unknown-token",
          "out-of-range",
          "conflicting-members",
          "unknown-lens",
          "lens-does-not-fit",
          "no-tokenizer",
          "quota-used-up",
          ...OF_THE_MODEL,
          "draining",
          ...OF_JOBS,
          "timeout",
          "storage-full",
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      parts.model();
      if (parts.draining()) throw new Draining();
      const store = await parts.jobs;
      const caller = c.get("caller");
      const prompts = await promptsOf(c, parts);
      const job = await store.create({ owner: caller.id, shared: false, caller, prompts }, c.get("signal"));
      report(c, { job: job.id, prompts: job.total });
      parts.audit.write({ event: "job.create", job: job.id }, sourceOf(c));
      return c.json(await jobView(store, job), 202, { Location: `/jobs/${job.id}` });
    },
  };
}

async function promptsOf(c: ServiceContext, parts: JobParts): Promise<AsyncIterable<string>> {
  const { maxBodyBytes } = parts.settings;
  const type = (c.req.header("Content-Type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/x-ndjson") return ndjsonPrompts(c, maxBodyBytes);
  if (type !== "application/json") {
    const detail = `Content-Type is ${quote(type)}; a job is application/json, or a file application/x-ndjson`;
    throw new Refusal("unsupported-media-type", detail, [{ in: "header", name: "Content-Type", detail }]);
  }
  const request = await jsonBody(c, JobRequest, maxBodyBytes);
  const prompts = batchPrompts(request);
  await checkQuestion(prompts[0]!.request, c, parts);
  return lines(prompts.map(({ request }) => request));
}

/**
 * What is asked of all prompts alike is checked at once: a misspelt lens must not cost a thousand refusals.
 * @throws {Refusal} 422
 */
async function checkQuestion(request: ProbeRequest, c: ServiceContext, parts: JobParts): Promise<void> {
  const model = parts.model();
  using lenses = await probeLenses(request, model.lensesOf(c.get("caller")));
  // Faults of a prompt are that prompt's: here stands one that has none.
  planBatch([{ request: { ...request, prompt: [0] }, pointer: "/prompts/0" }], model, lenses);
}

async function* lines(requests: readonly ProbeRequest[]): AsyncGenerator<string, void> {
  for (const request of requests) yield JSON.stringify(request);
}
