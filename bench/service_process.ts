import { fileURLToPath } from "node:url";
import packageFile from "../deno.json" with { type: "json" };
import { TextLineStream } from "../model/engine/text_lines.ts";

/** A long prompt on a busy machine is measured, not stopped. */
const PATIENT = ["--request-timeout", "3600"];
const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** The service as `deno task start` runs it, in processes of its own. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the start of the process until it listened. */
  readonly listeningMs: number;
  /** The last lines that it printed. */
  readonly said: readonly string[];
  /** The body of a 200; `performance.now()` at its last byte. */
  post(path: string, body: unknown): Promise<{ readonly text: string; readonly at: number }>;
}

/** Starts it; it answers probes once `untilReady` says so. @param data where it keeps what outlives it */
export async function startServiceProcess(
  folder: string,
  data: string,
  more: readonly string[] = [],
): Promise<ServiceProcess> {
  const began = performance.now();
  const [, ...flags] = packageFile.tasks.start.command.split(" ");
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...flags,
      "--port",
      "0",
      "--model",
      folder,
      "--data",
      data,
      "--max-response-bytes",
      "1GiB",
      ...PATIENT,
      ...more,
    ],
    cwd: fileURLToPath(new URL("../", import.meta.url)),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  // A benchmark that is stopped leaves no service behind: those of other listeners are told before it exits.
  const stopped = () => {
    process.kill("SIGTERM");
    setTimeout(() => Deno.exit(1));
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stopped);
  const listening = Promise.withResolvers<string>();
  const said: string[] = [];
  const listen = async (lines: ReadableStream<Uint8Array>) => {
    for await (const line of lines.pipeThrough(new TextLineStream())) {
      if (said.push(line) > 20) said.shift();
      const [url] = line.match(/https?:\/\/\S+:\d+/) ?? [];
      if (url) listening.resolve(url);
    }
  };
  const ended = Promise.all([listen(process.stdout), listen(process.stderr), process.status]);
  ended.then(() => listening.reject(new Error(`the service ended: ${said.join("\n")}`)));
  const url = await listening.promise;
  return {
    url,
    pid: process.pid,
    listeningMs: performance.now() - began,
    said,
    post: (path, body) =>
      post(`${url}${path}`, body).catch((error: Error) => {
        throw new Error([error.message, "the service said:", ...said].join("\n"), { cause: error });
      }),
    [Symbol.asyncDispose]: async () => {
      for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stopped);
      process.kill("SIGTERM");
      await ended;
    },
  };
}

/** Waits for the model, at most `seconds`. */
export async function untilReady(service: ServiceProcess, seconds = 300): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const response = await fetch(`${service.url}/readyz`);
    await response.body?.cancel();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the service was not ready in ${seconds} s`);
}

/** Runs `use` with a service that is ready, its data in a folder that goes with it. */
export async function withService<T>(
  folder: string,
  use: (service: ServiceProcess) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  const data = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    await using service = await startServiceProcess(folder, data, flags);
    await untilReady(service);
    return await use(service);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

async function post(url: string, body: unknown): Promise<{ text: string; at: number }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  const at = performance.now();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return { text, at };
}
