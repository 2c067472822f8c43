import type { ServiceContext } from "../env.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { AppParts } from "../parts.ts";

/** What the routes of the jobs are made from. */
export type JobParts = Pick<AppParts, "jobs" | "audit" | "draining" | "settings" | "log"> & {
  readonly model: () => LoadedModel;
};

/** What every route of the jobs may answer while they cannot be reached. */
export const OF_JOBS = ["jobs-unavailable"] as const;

/** The id in the path, as it is. */
export const pathJob = (c: ServiceContext): string => c.req.param("job_id") ?? "";
