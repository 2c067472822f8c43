import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";

/** Whether Redis can be run here. */
export const hasRedis = await new Deno.Command("redis-server", { args: ["--version"], stdout: "null", stderr: "null" })
  .output().then(({ success }) => success, () => false);

/** For the titles of tests that need it. */
export const NEEDS_REDIS = hasRedis ? "" : " (skipped: redis-server is not installed)";

/** A Redis of one's own that writes everything down before it answers, on a port of its own; it can be killed and started again. */
export class RedisServer implements AsyncDisposable {
  #process: Deno.ChildProcess | undefined;

  private constructor(readonly folder: TemporaryFolder, readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const server = new RedisServer(await TemporaryFolder.make(), port);
    await server.start();
    return server;
  }

  /** With a secret in it, as in earnest. */
  get url(): string {
    return `redis://:${SECRET}@127.0.0.1:${this.port}/0`;
  }

  async start(): Promise<void> {
    this.#process = new Deno.Command("redis-server", {
      args: [
        ...["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder.path, "--save", ""],
        ...["--appendonly", "yes", "--appendfsync", "always", "--requirepass", SECRET],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0; tries < 200; tries++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port }).catch(() => null);
      connection?.close();
      if (connection) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("redis-server does not listen");
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = undefined;
  }

  /** Forgets everything while it runs. */
  async forget(): Promise<void> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    await connection.write(new TextEncoder().encode(`AUTH ${SECRET}\r\nFLUSHALL\r\n`));
    await connection.read(new Uint8Array(64));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** It stands still: connections are taken, and nothing is answered. */
  stand(): void {
    this.#process?.kill("SIGSTOP");
  }

  goOn(): void {
    this.#process?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.folder[Symbol.asyncDispose]();
  }
}

const SECRET = "only-for-tests";
