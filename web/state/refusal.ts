import { type Problem, ProblemError } from "../../clients/typescript/midstream.ts";

/** What of a refusing answer is read, however it was asked. */
export interface RefusingAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** A refusal in the service's words, or in those of what stands between here and it. */
export function refusalOf({ status, statusText, header, text }: RefusingAnswer): ProblemError {
  const wait = header("retry-after") ?? "";
  const retryAfter = /^\d+$/.test(wait) ? Number(wait) : undefined;
  const isOurs = header("content-type")?.startsWith("application/problem+json");
  const foreign = { type: "about:blank", title: statusText || `Status ${status}`, status, instance: "" };
  const problem = isOurs ? JSON.parse(text) as Problem : { ...foreign, detail: text.slice(0, 200) };
  return new ProblemError(problem, retryAfter);
}
