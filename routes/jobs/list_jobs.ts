import { maySee } from "../../lab/keys/caller.ts";
import { JOB_LIST_LINKS } from "../../openapi/links.ts";
import { ALWAYS, headers, refusals } from "../../openapi/responses.ts";
import { JobList, JobListQuery } from "../../openapi/schemas/job.ts";
import { readQuery } from "../lenses/read_query.ts";
import type { Operation } from "../operation.ts";
import { type JobParts, OF_JOBS } from "./job_parts.ts";
import { jobView } from "./jobs_of.ts";

/** Jobs of a page. */
const DEFAULT_LIMIT = 20;

/** GET /jobs: one's own and shared ones. */
export function listJobs(parts: JobParts): Operation {
  return {
    access: "read",
    route: {
      method: "get",
      path: "/jobs",
      operationId: "listJobs",
      tags: ["jobs"],
      summary: "List the jobs",
      description:
        "One's own and shared ones, newest first, a page at a time: `cursor` of a page leads to the next one.",
      request: { query: JobListQuery },
      responses: {
        200: {
          description: "A page of jobs.",
          headers: headers({}),
          content: { "application/json": { schema: JobList } },
          links: JOB_LIST_LINKS,
        },
        ...refusals("invalid-request", ...OF_JOBS, ...ALWAYS),
      },
    },
    async handler(c) {
      const { limit = DEFAULT_LIMIT, cursor } = readQuery(c, JobListQuery);
      const store = await parts.jobs;
      const caller = c.get("caller");
      const page = await store.list((job) => maySee(caller, job), limit, cursor);
      return c.json({ jobs: await Promise.all(page.jobs.map((job) => jobView(store, job))), cursor: page.cursor });
    },
  };
}
