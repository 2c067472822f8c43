import type { JobResult } from "../../lab/jobs/types.ts";
import { STATISTICS } from "../../lens/statistics.ts";
import { csvHeader, csvProblem } from "../answer/csv.ts";
import { csvOfResponse } from "../answer/csv_response.ts";
import { promptText } from "../batch/batch_prompts.ts";
import { statisticsOf } from "../probe_plan.ts";
import { jobRequests, promptResults } from "./result_lines.ts";

/** A job's results as the table of POST /probe/batch. Its columns are the statistics of all prompts, whatever is done yet. */
export async function* resultCsv(result: JobResult): AsyncGenerator<string, void> {
  const statistics = await statisticsOfJob(result);
  yield csvHeader(statistics, ["prompt_index", "prompt"]);
  for await (const { request, result: { index, ...of } } of promptResults(result)) {
    const before = [index, promptText(request.prompt)];
    yield "response" in of
      ? csvOfResponse(of.response, statistics, before)
      : csvProblem(of.problem.detail, statistics, before);
  }
}

async function statisticsOfJob(result: JobResult): Promise<string[]> {
  const found = new Set<string>();
  for await (const request of jobRequests(result)) {
    for (const name of statisticsOf(request)) found.add(name);
    if (found.size === STATISTICS.length) break;
  }
  return [...found];
}
