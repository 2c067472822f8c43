import { fileLines } from "../../lab/jobs/file_lines.ts";
import type { JobResult } from "../../lab/jobs/types.ts";
import type { Problem } from "../../openapi/problem.ts";
import type { ProbeRequest } from "../../openapi/schemas/probe_request.ts";
import type { z } from "@hono/zod-openapi";
import type { ProbeResponse } from "../../openapi/schemas/probe_response.ts";

/** What became of a prompt of a job, as the service wrote it. */
export type PromptResult =
  | { readonly index: number; readonly response: z.infer<typeof ProbeResponse> }
  | { readonly index: number; readonly problem: Problem };

/** The prompts of a job that are done, each with its result, in prompt order. */
export async function* promptResults(
  result: JobResult,
): AsyncGenerator<{ readonly request: ProbeRequest; readonly result: PromptResult }, void> {
  const requests = jobRequests(result);
  try {
    for await (const line of textLines(result.file, result.bytes)) {
      const request = await requests.next();
      if (request.done) throw new Error("a job has more results than prompts");
      yield { request: request.value, result: JSON.parse(line) as PromptResult };
    }
  } finally {
    await requests.return();
  }
}

/** All prompts of a job. */
export async function* jobRequests({ prompts }: Pick<JobResult, "prompts">): AsyncGenerator<ProbeRequest, void> {
  for await (const line of textLines(prompts)) yield JSON.parse(line) as ProbeRequest;
}

/** @param bytes what is looked at of the file, from the beginning: it may grow meanwhile */
async function* textLines(path: string, bytes: number = Infinity): AsyncGenerator<string, void> {
  using file = await Deno.open(path);
  const decoder = new TextDecoder();
  for await (const line of fileLines(file)) {
    if (line.end > bytes) return;
    yield decoder.decode(line.bytes);
  }
}
