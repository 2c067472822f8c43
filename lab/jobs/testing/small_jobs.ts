import type { Log } from "../../../log/log.ts";
import { ANYBODY, type Caller } from "../../keys/caller.ts";
import { EmbeddedJobs, type EmbeddedJobsOptions } from "../embedded_store.ts";
import type { JobRecord, JobStore, NewJob } from "../types.ts";

export const NEVER = new AbortController().signal;

/** A log that keeps its messages. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (message: string, properties: unknown = {}) => {
    lines.push(`${level}: ${message} ${JSON.stringify(properties)}`);
  };
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}

export const ROOMY = { maxBytes: 2 ** 30, keepMs: 86_400_000, maxPrompts: 100_000 };

/** A store on a folder, with roomy limits. */
export function smallStore(
  folder: string,
  { limits = {}, ...options }: Partial<Omit<EmbeddedJobsOptions, "limits">> & {
    readonly limits?: Partial<EmbeddedJobsOptions["limits"]>;
  } = {},
): Promise<EmbeddedJobs> {
  return EmbeddedJobs.open({ folder, log: keptLog(), openAgainMs: 5, ...options, limits: { ...ROOMY, ...limits } });
}

export function ann(quotas: Caller["quotas"] = {}, id = "ann"): Caller {
  return { id, role: "read", quotas };
}

/** A job of so many prompts `{"prompt":"<name> <index>"}`. */
export function smallJob(total: number, caller: Caller = ANYBODY, name = "p"): NewJob {
  return { owner: caller.id, shared: false, caller, prompts: promptLines(total, name) };
}

export async function* promptLines(total: number, name: string): AsyncGenerator<string> {
  for (let index = 0; index < total; index++) yield promptLine(index, name);
}

export function promptLine(index: number, name = "p"): string {
  return JSON.stringify({ prompt: `${name} ${index}` });
}

export function create(store: JobStore, total: number, caller?: Caller, name?: string): Promise<JobRecord> {
  return store.create(smallJob(total, caller, name), NEVER);
}

export function responseLine(index: number, words = "ok"): string {
  return JSON.stringify({ index, response: words });
}

export function problemLine(index: number): string {
  return JSON.stringify({ index, problem: { status: 422 } });
}

/** Lines of the result of a job. */
export async function resultLines(store: JobStore, id: string): Promise<string[]> {
  const result = (await store.result(id))!;
  const text = new TextDecoder().decode((await Deno.readFile(result.file)).subarray(0, result.bytes));
  return text.split("\n").slice(0, -1);
}
