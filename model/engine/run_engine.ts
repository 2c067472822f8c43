import { dirname } from "node:path";
import { TextLineStream } from "./text_lines.ts";
import { type Boot, type Report, REPORT_MARK } from "./boot.ts";
import type { Executor } from "./engine.ts";
import { dropMappedWeights } from "./mapped_weights.ts";
import { openNativeHeap, trimWhenIdle } from "./native_heap.ts";
import type { EngineOptions } from "./options.ts";
import { engineHandler } from "./server.ts";

/** Of −1000…1000: where memory runs out, the kernel ends the engine, which comes back, before the HTTP process. */
const OOM_SCORE_ADJUSTMENT = "800";
/** Beyond the parent's own deadline, after which it kills: this one is for when the parent is gone. */
const EXIT_GRACE_MS = 1000;
/** Without work for so long, what its buffers took goes back to the system. */
const IDLE_MS = 10_000;

/** The life of the engine process: boot line, listen, load, serve, and exit when the standard input ends. */
export async function runEngine(createExecutor: (options: EngineOptions) => Promise<Executor>): Promise<never> {
  for (const signal of ["SIGINT", ...(Deno.build.os === "windows" ? [] : ["SIGTERM"])] as Deno.Signal[]) {
    Deno.addSignalListener(signal, () => {});
  }
  await Deno.writeTextFile("/proc/self/oom_score_adj", OOM_SCORE_ADJUSTMENT).catch(() => {});

  const input = Deno.stdin.readable.pipeThrough(new TextLineStream()).getReader();
  const first = await input.read();
  if (first.done) Deno.exit(0);
  const { options, listen, drainMs }: Boot = JSON.parse(first.value);

  let executor: Executor | undefined;
  let handler = (_request: Request) => Promise.resolve(new Response(null, { status: 503 }));
  const onListen = (address: Deno.Addr) =>
    report({ type: "listening", ...("port" in address ? { port: address.port } : {}) });
  const handle = (request: Request) => handler(request);
  const server = listen.transport === "unix"
    ? Deno.serve({ path: listen.path, onListen }, handle)
    : Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, handle);

  const leave = (code: number): never => {
    try {
      // The parent removes it too, unless it is gone.
      if (listen.transport === "unix") Deno.removeSync(dirname(listen.path), { recursive: true });
    } catch { /* the parent was first */ }
    Deno.exit(code);
  };

  input.read().catch(() => {}).then(async () => {
    setTimeout(() => leave(1), drainMs + EXIT_GRACE_MS);
    if (executor) {
      await server.shutdown();
      await executor.close();
    }
    leave(0);
  });
  try {
    executor = await createExecutor(options);
  } catch (error) {
    report({ type: "refused", message: firstLine(error) });
    leave(1);
  }
  handler = engineHandler(executor as Executor, {
    ...(listen.transport === "tcp" ? { secret: listen.secret } : {}),
    onFault: (id, error) => console.error(`fault ${id}:`, error),
  });
  keepHeap(executor as Executor);
  dropMappedWeights();
  report({ type: "ready" });
  return await new Promise<never>(() => {});
}

/** Once the model is loaded: what loading frees is better given back. */
function keepHeap(executor: Executor): void {
  const heap = openNativeHeap();
  if (heap === null) return;
  heap.keep();
  trimWhenIdle(heap, () => Object.values(executor.runs ?? {}).reduce((sum, { runs }) => sum + runs, 0), IDLE_MS);
}

function report(report: Report): void {
  // Written at once: an exit may follow.
  Deno.stdout.writeSync(new TextEncoder().encode(`${REPORT_MARK}${JSON.stringify(report)}\n`));
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] || "the engine could not load the model";
}
