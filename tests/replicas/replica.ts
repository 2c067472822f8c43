import { MAIN } from "../service/run_main.ts";

/** One service process of several, on the demo. */
export class Replica implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<void>;
  #said = "";

  private constructor(process: Deno.ChildProcess, readonly listening: PromiseWithResolvers<string>) {
    this.#process = process;
    this.#ended = this.#read();
  }

  /** Starts it and waits until it is ready. @param redis its URL, which is given as operators should: by the variable */
  static async start(data: string, redis: string, flags: readonly string[] = []): Promise<Replica> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env"],
        ...["--allow-run", MAIN, "--port", "0", "--data", data, "--log-format", "json", "--threads", "1", ...flags],
      ],
      env: { MIDSTREAM_REDIS: redis },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<string>();
    const replica = new Replica(process, listening);
    replica.url = await listening.promise;
    return replica;
  }

  url = "";

  get pid(): number {
    return this.#process.pid;
  }

  /** All that it logged. */
  get log(): string {
    return this.#said;
  }

  async ask(method: string, path: string, body?: unknown, key?: string): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body instanceof Uint8Array ? {} : { "Content-Type": "application/json" }),
        ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body as BodyInit : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.text() };
  }

  /** Whether this process has the result file of a job open to write: it runs the job. Linux. */
  runs(jobId: string): boolean {
    try {
      return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].some(({ name }) => {
        try {
          return Deno.readLinkSync(`/proc/${this.pid}/fd/${name}`).endsWith(`/${jobId}/results.ndjson`);
        } catch {
          return false; // Closed meanwhile.
        }
      });
    } catch {
      return false;
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#ended;
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#ended;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
    await this.#ended;
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#said += text;
      const ready = this.#said.match(/ready: .*?(http:\/\/127\.0\.0\.1:\d+)/);
      if (ready) this.listening.resolve(ready[1]!);
    }
    this.listening.reject(new Error(`ended before it was ready: ${this.#said}`));
  }
}
