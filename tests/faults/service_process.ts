import { fileURLToPath } from "node:url";
import { TextLineStream } from "../../model/engine/text_lines.ts";
import { MAIN } from "../service/run_main.ts";

/** The service as a user starts it, in a process of its own, on the demo unless flags say otherwise. */
export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** The last lines that it printed. */
  readonly said: readonly string[];
  /** How it ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface ServiceProcessOptions {
  readonly flags?: readonly string[];
  /** A program that starts another as somebody else, and its arguments. */
  readonly as?: readonly string[];
  readonly env?: Record<string, string>;
}

const SAID_LINES = 1000;

/** Starts it and waits until it takes probes. @param data its data folder */
export async function serviceProcess(
  data: string,
  { flags = [], as = [], env = {} }: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const [program, ...args] = [
    ...as,
    Deno.execPath(),
    ...["run", "--no-prompt", "--no-check", "--allow-all", MAIN, "--port", "0", "--data", data],
    ...flags,
  ];
  const process = new Deno.Command(program!, {
    args,
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  }).spawn();
  const said: string[] = [];
  const listening = Promise.withResolvers<string>();
  const listen = async (lines: ReadableStream<Uint8Array>) => {
    for await (const line of lines.pipeThrough(new TextLineStream())) {
      if (said.push(line) > SAID_LINES) said.shift();
      const url = line.match(/ready: .* at (http:\S+:\d+)/)?.[1];
      if (url) listening.resolve(url);
    }
  };
  const ended = Promise.all([process.status, listen(process.stdout), listen(process.stderr)]).then(([status]) =>
    status
  );
  ended.then(() => listening.reject(new Error(`the service ended: ${said.join("\n")}`)));
  const url = await listening.promise;
  const kill = (signal: Deno.Signal) => {
    try {
      process.kill(signal);
    } catch { /* it has ended */ }
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: process.pid,
    said,
    ended,
    kill,
    post: (path, body, headers) =>
      fetch(`${url}${path}`, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", ...headers },
      }),
    async [Symbol.asyncDispose]() {
      kill("SIGTERM");
      await ended;
    },
  };
}
