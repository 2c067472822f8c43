import { JOB_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, OF_A_BODY, OF_AN_OWNER, refusals } from "../../openapi/responses.ts";
import { Job, jobIdParameter, JobPatch } from "../../openapi/schemas/job.ts";
import { sourceOf } from "../env.ts";
import { jsonBody } from "../json_body.ts";
import type { Operation } from "../operation.ts";
import { type JobParts, OF_JOBS, pathJob } from "./job_parts.ts";
import { changeableJob, jobView } from "./jobs_of.ts";

/** PATCH /jobs/{job_id}: who sees it, and whether it waits. */
export function patchJob(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "patch",
      path: "/jobs/{job_id}",
      operationId: "updateJob",
      tags: ["jobs"],
      summary: "Share or pause a job",
      description:
        "Whether others see it, and whether it is to wait: a paused job keeps what is done, and goes on from " +
        "there when it is no longer paused.",
      request: {
        params: jobIdParameter,
        body: { required: true, content: { "application/json": { schema: JobPatch } } },
      },
      responses: {
        200: {
          description: "The job as it is now.",
          headers: headers({}),
          content: { "application/json": { schema: Job } },
          links: JOB_LINKS,
        },
        ...refusals(
          ...OF_A_BODY,
          "not-found",
          "conflict",
          ...OF_JOBS,
          "timeout",
          "storage-full",
          ...OF_AN_OWNER,
          ...ALWAYS,
        ),
      },
    },
    async handler(c) {
      const store = await parts.jobs;
      const { id } = await changeableJob(store, c.get("caller"), pathJob(c));
      const { shared, paused } = await jsonBody(c, JobPatch, parts.settings.maxBodyBytes);
      const job = await store.change(id, {
        ...(shared === undefined ? {} : { shared }),
        ...(paused === undefined ? {} : { paused }),
      });
      parts.audit.write({ event: "job.change", job: id }, sourceOf(c));
      return c.json(await jobView(store, job));
    },
  };
}
