import { z } from "@hono/zod-openapi";
import { promptsAskedAlike } from "./batch.ts";
import { ErrorFrame, PingFrame } from "./frames.ts";

/** Prompts that a client must be able to write; `--max-job-prompts` is the service's own bound. */
const MAX_PROMPTS = 1_000_000;
const instant = (description: string) => z.iso.datetime().openapi({ description: `${description} (RFC 3339, UTC).` });
const maybeInstant = (description: string) =>
  z.union([z.iso.datetime(), z.null()]).openapi({ description: `${description} (RFC 3339, UTC). Null before.` });

/** Ids that a store makes up. */
export const JOB_ID = /^[A-Za-z0-9_-]{1,64}$/;

export const JobId = z.string().regex(JOB_ID).openapi("JobId", {
  description: "Id of a job, made by the service. GET /jobs lists them.",
});

export const JobState = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]).openapi("JobState", {
  description: "Where a job stands:\n" +
    "- `queued`: it waits for its turn, or is paused\n" +
    "- `running`: its prompts are being answered\n" +
    "- `succeeded`: every prompt has its answer, or the problem that refuses it\n" +
    "- `failed`: it could not go on; `error` says why, and what was done is kept\n" +
    "- `cancelled`: it was stopped; what was done is kept",
});

export const JobRequest = z.strictObject(promptsAskedAlike(MAX_PROMPTS)).openapi("JobRequest", {
  description: "Many prompts that are asked the same: the members of ProbeRequest, and prompts in place of `prompt`.",
  example: {
    template: "Once upon a time, there was a {who} named",
    values: [{ who: "little girl" }, { who: "big dog" }],
    layers: [-1],
    top_k: 3,
  },
});
export type JobRequest = z.infer<typeof JobRequest>;

export const Job = z.object({
  id: JobId,
  state: JobState,
  done: z.int().openapi({ description: "Prompts that are answered or refused, from the first on." }),
  failed: z.int().openapi({ description: "Of those, the refused." }),
  total: z.int().openapi({ description: "Prompts of the job." }),
  position: z.union([z.int(), z.null()]).openapi({
    description: "Its place among the jobs that wait; 1 is next. Null when it does not wait.",
  }),
  paused: z.boolean().openapi({ description: "Whether it is not to go on for now." }),
  created_at: instant("When it was made"),
  started_at: maybeInstant("When its first prompt was begun"),
  finished_at: maybeInstant("When it ended"),
  owner: z.union([z.string(), z.null()]).openapi({
    description: "Key that made it. Null where keys are not used.",
  }),
  shared: z.boolean().openapi({ description: "Whether others than its owner see it and its results." }),
  error: z.string().optional().openapi({ description: "Why it failed as a whole. Left out where it did not." }),
}).openapi("Job", { description: "Prompts that are worked off in the background, and how far that is." });
export type Job = z.infer<typeof Job>;

export const JobList = z.object({
  jobs: z.array(Job).openapi({ description: "One's own jobs and shared ones, newest first." }),
  cursor: z.union([z.string(), z.null()]).openapi({
    description: "Where the next page begins: send it as `cursor`. Null on the last page.",
  }),
}).openapi("JobList", { description: "A page of jobs." });

export const JobPatch = z.strictObject({
  shared: z.boolean().optional().openapi({ description: "Whether others see it." }),
  paused: z.boolean().optional().openapi({ description: "Whether it is to wait. A finished job takes no `paused`." }),
}).openapi("JobPatch", { description: "What to change. What is left out stays.", example: { shared: true } });

export const jobIdParameter = z.object({ job_id: JobId });

export const JobListQuery = z.strictObject({
  limit: z.int().min(1).max(100).optional().openapi({ description: "Jobs of a page. Default 20." }),
  cursor: z.string().min(1).max(200).optional().openapi({ description: "`cursor` of an earlier page." }),
});

export const ResultFormat = z.enum(["ndjson", "csv", "seed"]).openapi("ResultFormat", {
  description: "Form of a job's results:\n" +
    "- `ndjson`: `{index, response}` or `{index, problem}` a line. The default\n" +
    "- `csv`: the table of POST /probe, with the columns `prompt_index` and `prompt` first\n" +
    "- `seed`: the files of DanYuDE/Research-Project: a block of one row a layer for each prompt, cells are Python " +
    "lists of ten `(token, percent)`. It needs one lens, the sites `attn_out`, `resid_mid`, `mlp_out` and " +
    "`resid_post`, all layers, the last position, the norm `own` and `top_k` of at least 10",
});

export const ResultQuery = z.strictObject({ format: ResultFormat.optional() });

export const JobProgressFrame = z.object({ type: z.literal("progress"), job: Job }).openapi("JobProgressFrame", {
  description: "The job as it is now.",
});

export const JobEndFrame = z.object({ type: z.literal("end"), job: Job }).openapi("JobEndFrame", {
  description: "The job has ended; nothing of it will change any more.",
});

export const JobFrame = z.discriminatedUnion("type", [JobProgressFrame, JobEndFrame, ErrorFrame, PingFrame]).openapi(
  "JobFrame",
  { description: "One line of a job's events. The last one is `end` or `error`: a stream without either was cut." },
);
