import assert from "node:assert/strict";

/** A process that says JSON lines on stdout until it is killed; one of them is `{"type":"ready"}`. */
export class KilledProcess<Line extends { readonly type: string }> implements Disposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: Line[] = [];
  readonly #read: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly ready = this.#ready.promise;

  constructor(script: string, args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--quiet", "--allow-all", script, ...args],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#read = this.#readLines();
  }

  /** @returns all that it said */
  async kill(): Promise<readonly Line[]> {
    this.#process.kill("SIGKILL");
    const { signal } = await this.#process.status;
    assert.equal(signal, "SIGKILL", "it had ended before");
    await this.#read;
    return this.#lines;
  }

  [Symbol.dispose](): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }

  async #readLines(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#hear(JSON.parse(line));
    }
    this.#ready.reject(new Error("the process ended before it was ready"));
  }

  #hear(line: Line): void {
    if (line.type === "ready") this.#ready.resolve();
    this.#lines.push(line);
  }
}
