import { CANCELLED_JOB_LINKS, DELETED_JOB_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, OF_AN_OWNER, refusals } from "../../openapi/responses.ts";
import { Job, jobIdParameter } from "../../openapi/schemas/job.ts";
import { sourceOf } from "../env.ts";
import type { Operation } from "../operation.ts";
import { type JobParts, OF_JOBS, pathJob } from "./job_parts.ts";
import { changeableJob, jobView } from "./jobs_of.ts";

/** DELETE /jobs/{job_id}: stops it, or removes it. */
export function deleteJob(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "delete",
      path: "/jobs/{job_id}",
      operationId: "deleteJob",
      tags: ["jobs"],
      summary: "Cancel or remove a job",
      description:
        "A job that has not ended is cancelled, at the next stage boundary: it stays, with what is done. One " +
        "that has ended is removed with its results.",
      request: { params: jobIdParameter },
      responses: {
        202: {
          description: "The job is cancelled. What is done of it is kept until it is deleted again.",
          headers: headers({}),
          content: { "application/json": { schema: Job } },
          links: CANCELLED_JOB_LINKS,
        },
        204: { description: "The job and its results are gone.", headers: headers({}), links: DELETED_JOB_LINKS },
        ...refusals("not-found", "conflict", ...OF_JOBS, "storage-full", ...OF_AN_OWNER, ...ALWAYS),
      },
    },
    async handler(c) {
      const store = await parts.jobs;
      const { id } = await changeableJob(store, c.get("caller"), pathJob(c));
      await store.remove(id);
      parts.audit.write({ event: "job.delete", job: id }, sourceOf(c));
      // Whether it had ended is known only now: it goes on while it is asked about.
      const left = await store.get(id);
      return left === null ? c.body(null, 204) : c.json(await jobView(store, left), 202);
    },
  };
}
