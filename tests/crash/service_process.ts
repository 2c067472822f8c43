import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

interface JobSeen {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly failed: number;
}

/** The service with the demo, in a process of its own that can be killed. */
export class ServiceProcess implements AsyncDisposable {
  private constructor(readonly process: Deno.ChildProcess, readonly url: string, readonly said: Promise<void>) {}

  /** Resolves when it answers probes. */
  static async start(data: string): Promise<ServiceProcess> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--quiet", "-A", MAIN, "--port", "0", "--data", data, "--log-format", "json"],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<string>();
    const said = readUrl(process, listening.resolve).finally(() => listening.reject(new Error("it does not listen")));
    const service = new ServiceProcess(process, await listening.promise, said);
    while (!await service.#isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
    return service;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    const { signal } = await this.process.status;
    assert.equal(signal, "SIGKILL", "it had ended before");
    await this.said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.process.status;
    await this.said;
  }

  /** The newest ones. */
  async jobs(): Promise<readonly JobSeen[]> {
    const jobs: JobSeen[] = [];
    let cursor: string | null = null;
    do {
      const page: { jobs: JobSeen[]; cursor: string | null } = await this.#json(
        `/jobs?limit=100${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      jobs.push(...page.jobs);
      cursor = page.cursor;
    } while (cursor !== null);
    return jobs;
  }

  /** @returns its id; null where it was not acknowledged */
  async createJob(prompts: readonly string[]): Promise<string | null> {
    const response = await fetch(`${this.url}/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompts, positions: [-1], top_k: 1 }),
    });
    if (response.status === 202) return (await response.json()).id;
    await response.body?.cancel();
    return null;
  }

  /** @returns whether it was acknowledged */
  async putLens(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const response = await fetch(`${this.url}/lenses/${id}`, { method: "PUT", body: bytes });
    await response.text();
    return response.status === 201;
  }

  async lenses(): Promise<string[]> {
    const { lenses } = await this.#json<{ lenses: { id: string }[] }>("/lenses");
    return lenses.map(({ id }) => id);
  }

  /** Waits for the end of a job. */
  async ended(id: string): Promise<void> {
    await (await fetch(`${this.url}/jobs/${id}/events`)).text();
  }

  /** The prompts of its answers, with their indices. */
  async result(id: string): Promise<{ readonly index: number; readonly text: string }[]> {
    const text = await (await fetch(`${this.url}/jobs/${id}/result`)).text();
    return text.trimEnd().split("\n").map((line) => {
      const { index, response } = JSON.parse(line) as { index: number; response: { tokens: { text: string }[] } };
      // The tokenizer puts a space before the first word.
      return { index, text: response.tokens.map(({ text }) => text).join("").trimStart() };
    });
  }

  async #json<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  }

  async #isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`);
    await response.body?.cancel();
    return response.status === 200;
  }
}

/** Reads what it says until it ends. */
async function readUrl(process: Deno.ChildProcess, heard: (url: string) => void): Promise<void> {
  let text = "";
  for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    const url = /http:\/\/[\d.]+:\d+/.exec(text)?.[0];
    if (url) heard(url);
  }
}
