import { JOB_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, refusals } from "../../openapi/responses.ts";
import { Job, jobIdParameter } from "../../openapi/schemas/job.ts";
import type { Operation } from "../operation.ts";
import { type JobParts, OF_JOBS, pathJob } from "./job_parts.ts";
import { jobView, visibleJob } from "./jobs_of.ts";

/** GET /jobs/{job_id}: how far a job is. */
export function getJob(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/jobs/{job_id}",
      operationId: "getJob",
      tags: ["jobs"],
      summary: "Describe a job",
      description: "How far it is. GET /jobs/{job_id}/events tells of every change.",
      request: { params: jobIdParameter },
      responses: {
        200: {
          description: "The job.",
          headers: headers({}),
          content: { "application/json": { schema: Job } },
          links: JOB_LINKS,
        },
        ...refusals("not-found", ...OF_JOBS, ...ALWAYS),
      },
    },
    async handler(c) {
      const store = await parts.jobs;
      return c.json(await jobView(store, await visibleJob(store, c.get("caller"), pathJob(c))));
    },
  };
}
