import { fileURLToPath } from "node:url";
import { residentTree } from "./process_memory.ts";

/** What a service did while it was watched. */
export interface Watched {
  /** Resident bytes of the whole tree of processes at the start and at most. */
  readonly idle: number;
  readonly peak: number;
  /** Of GET /livez, asked again and again. */
  readonly slowestLivezMs: number;
  readonly asked: number;
}

const EVERY_MS = 20;

/** Watches a service from a process of its own: a busy client would see its own waiting. */
export class ServiceWatch {
  readonly #process: Deno.ChildProcess;
  readonly #output: Promise<Deno.CommandOutput>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#output = process.output();
  }

  /** Returns when the first figures are taken. */
  static async start({ url, pid }: { readonly url: string; readonly pid: number }): Promise<ServiceWatch> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", fileURLToPath(import.meta.url), url, `${pid}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = process.stderr.getReader();
    await reader.read();
    reader.releaseLock();
    return new ServiceWatch(process);
  }

  async end(): Promise<Watched> {
    await this.#process.stdin.close();
    const { stdout } = await this.#output;
    return JSON.parse(new TextDecoder().decode(stdout)) as Watched;
  }
}

async function watch(url: string, pid: number): Promise<Watched> {
  let ended = false;
  const end = (async () => {
    for await (const _ of Deno.stdin.readable);
    ended = true;
  })();
  const idle = residentTree(pid);
  let [peak, slowestLivezMs, asked] = [idle, 0, 0];
  while (!ended) {
    const began = performance.now();
    const response = await fetch(`${url}/livez`);
    await response.body?.cancel();
    if (!response.ok) throw new Error(`/livez answered ${response.status}`);
    // The first request opens the connection.
    if (asked++ > 0) slowestLivezMs = Math.max(slowestLivezMs, performance.now() - began);
    else console.error("watching");
    peak = Math.max(peak, residentTree(pid));
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  await end;
  return { idle, peak, slowestLivezMs, asked };
}

if (import.meta.main) {
  const [url, pid] = Deno.args as [string, string];
  console.log(JSON.stringify(await watch(url, Number(pid))));
}
