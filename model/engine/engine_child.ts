import { dirname } from "node:path";
import { type Boot, type Report, REPORT_MARK } from "./boot.ts";
import type { EngineLog } from "./engine_log.ts";
import type { EngineOptions } from "./options.ts";
import { SECRET_HEADER } from "./protocol.ts";
import { makeSocketFolder, removeFolder, removeOrphanedFolders } from "./socket_folder.ts";
import { TextLineStream } from "./text_lines.ts";

/**
 * All permissions: native code called through FFI is under none of them, and Deno opens /proc and /sys (the cgroup's
 * memory limit, oom_score_adj) to nothing less. The process that faces the network is the one to be confined.
 */
const ENGINE_PERMISSIONS = ["--allow-all"];

export interface ChildParts {
  readonly log: EngineLog;
  /** The program of the engine process. */
  readonly entry: URL;
  /** Time the engine has to finish its work when it is stopped, in milliseconds. */
  readonly drainMs: number;
  /** Loopback TCP with a secret even where Unix sockets are there. */
  readonly tcp?: boolean;
}

/** The engine process said why it cannot serve: trying again would not help. */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
}

/** One life of the engine process, seen from its parent. */
export class EngineChild {
  /** How it ended, in a sentence; resolves when the process is gone and what it left is removed. */
  readonly ended: Promise<string>;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reports = Promise.withResolvers<void>();
  readonly #drainMs: number;
  readonly #secret: string | undefined;
  #client: Deno.HttpClient | undefined;
  #stopping = false;
  #isReady = false;
  #lastWords = "";

  /** Starts the process; it loads the model on its own time. */
  static async start(options: EngineOptions, parts: ChildParts): Promise<EngineChild> {
    const socket = parts.tcp ? undefined : await makeSocketFolder();
    if (socket) await removeOrphanedFolders(dirname(socket.folder)).catch(() => {});
    const listen: Boot["listen"] = socket
      ? { transport: "unix", path: socket.path }
      : { transport: "tcp", secret: crypto.randomUUID() + crypto.randomUUID() };
    try {
      const child = new EngineChild(listen, parts);
      await child.#boot({ options, listen, drainMs: parts.drainMs });
      return child;
    } catch (error) {
      if (socket) await removeFolder(socket.folder);
      throw error;
    }
  }

  private constructor(listen: Boot["listen"], { entry, log, drainMs }: ChildParts) {
    this.#drainMs = drainMs;
    this.#secret = listen.transport === "tcp" ? listen.secret : undefined;
    this.#process = new Deno.Command(denoCommand(), {
      args: ["run", "--quiet", "--no-prompt", ...ENGINE_PERMISSIONS, entry.href],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // ONNX Runtime would tell its makers of every model and process: a lab's work is nobody else's affair.
      env: { NO_COLOR: "1", ORT_DISABLE_TELEMETRY: "1" },
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    // Lines of the process are read to their end before its end is told: a refusal must not come second.
    const output = this.#readOutput(listen, log).catch((error) => {
      this.#reports.reject(new EngineRefused(`the engine process cannot be reached: ${error.message}`));
      this.#kill();
    });
    const lines = Promise.all([output, this.#readErrors(log)]);
    this.ended = Promise.all([this.#process.status, lines]).then(async ([status]) => {
      this.#client?.close();
      this.#input.close().catch(() => {});
      if (listen.transport === "unix") await removeFolder(dirname(listen.path)).catch(() => {});
      const how = this.#describe(status);
      this.#reports.reject(new Error(how));
      return how;
    });
    this.#reports.promise.catch(() => {});
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Resolves when the model is loaded.
   * @throws {EngineRefused} with the process' own line
   * @throws {Error} saying how the process ended without one
   */
  get ready(): Promise<void> {
    return this.#reports.promise;
  }

  /** Fails as fetch does when the process is gone or goes. (The address is not looked at: the client goes to the socket.) */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    if (!this.#client) throw new TypeError("the engine process does not listen yet");
    const headers = new Headers(init.headers);
    if (this.#secret !== undefined) headers.set(SECRET_HEADER, this.#secret);
    return fetch(`http://127.0.0.1${path}`, { ...init, headers, client: this.#client });
  }

  /** Lets the process finish its work, for `drainMs` at most, and waits for its end. Loading is not finished. */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#input.close().catch(() => {});
    }
    const deadline = setTimeout(() => this.#kill(), this.#isReady ? this.#drainMs : 0);
    await this.ended;
    clearTimeout(deadline);
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch { /* it was faster */ }
  }

  async #boot(boot: Boot): Promise<void> {
    const line = new TextEncoder().encode(JSON.stringify(boot) + "\n");
    // A process that died at once says so in `ended`.
    await this.#input.write(line).catch(() => {});
  }

  async #readOutput(listen: Boot["listen"], log: EngineLog): Promise<void> {
    for await (const line of this.#process.stdout.pipeThrough(new TextLineStream())) {
      if (!line.startsWith(REPORT_MARK)) {
        log.info("engine process: {line}", { line });
        continue;
      }
      const report: Report = JSON.parse(line.slice(REPORT_MARK.length));
      if (report.type === "listening") this.#client = connect(listen, report.port);
      else if (report.type === "ready") {
        this.#isReady = true;
        this.#reports.resolve();
      } else this.#reports.reject(new EngineRefused(report.message));
    }
  }

  async #readErrors(log: EngineLog): Promise<void> {
    for await (const line of this.#process.stderr.pipeThrough(new TextLineStream())) {
      if (line.trim() === "") continue;
      this.#lastWords = line;
      log.warn("engine process: {line}", { line });
    }
  }

  #describe({ code, signal }: Deno.CommandStatus): string {
    if (signal === "SIGKILL") {
      return "the engine process was killed (SIGKILL: by the system when memory runs out, or by hand)";
    }
    if (signal) return `the engine process ended by ${signal}`;
    const words = code !== 0 && this.#lastWords ? ` after saying: ${this.#lastWords}` : "";
    return `the engine process ended with code ${code}${words}`;
  }
}

/** This very program, or the one of that name in PATH where only `--allow-run=deno` was given. */
function denoCommand(): string {
  const path = Deno.execPath();
  return Deno.permissions.querySync({ name: "run", command: path }).state === "granted" ? path : "deno";
}

/** A connection of its own kind, so that no proxy of the environment comes between. */
function connect(listen: Boot["listen"], port = 0): Deno.HttpClient {
  return Deno.createHttpClient({
    proxy: listen.transport === "unix"
      ? { transport: "unix", path: listen.path }
      : { transport: "tcp", hostname: "127.0.0.1", port },
  });
}
