import { deepEqual, equal, ok } from "node:assert/strict";
import { MAIN } from "./service/run_main.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string }[];
}

/** What Deno's own exporter sends: OTLP over HTTP as JSON. */
interface Exported {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

/** The caller's own trace: the service's spans are to be part of it. */
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";

const ASKED = { prompt: "Once upon a time", lenses: ["tuned"] };

Deno.test("with OTEL_DENO=true one probe is one trace: queue, tokenize, and each stage, translator and head block of the engine process", async () => {
  const spans: Span[] = [];
  await using receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.json();
    if (new URL(request.url).pathname === "/v1/traces") spans.push(...spansOf(body));
    return Response.json({});
  });
  for (const path of ["/probe", "/probe/stream"]) {
    spans.length = 0;
    await probeOnce(path, {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    });
    const trace = spans.filter(({ traceId }) => traceId === TRACE);
    const named = (name: string) => trace.filter((span) => span.name === name);
    for (const name of ["queue", "tokenize", "stage", "translator", "head"]) {
      ok(named(name).length > 0, `${path}: no span ${name} in the trace`);
    }
    ok(named("stage")[0]!.attributes.some(({ key }) => key === "first_block"));
    // From a run in the engine process up to the caller, each parent is in the trace.
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    const origin = (span: Span): string => {
      const parent = byId.get(span.parentSpanId ?? "");
      return parent ? origin(parent) : span.parentSpanId ?? "";
    };
    for (const name of ["queue", "tokenize", "stage", "translator", "head"]) {
      deepEqual([...new Set(named(name).map(origin))], [CALLER], name);
    }
    ok(!JSON.stringify(spans).includes(ASKED.prompt), "a span has the prompt");
  }
});

function spansOf({ resourceSpans }: Exported): Span[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** The service as a user starts it; its spans are out when it has ended. */
async function probeOnce(path: string, env: Record<string, string>): Promise<void> {
  const data = await Deno.makeTempDir();
  const service = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", MAIN, "--port", "0", "--data", data, "--log-format", "json"],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const url = await ready(service.stderr);
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent: `00-${TRACE}-${CALLER}-01` },
      body: JSON.stringify(ASKED),
    });
    equal(response.status, 200, await response.text());
  } finally {
    service.kill("SIGTERM");
    await service.status;
    await Deno.remove(data, { recursive: true });
  }
}

/** The address, once the log says that it is ready. */
async function ready(log: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const lines = log.pipeThrough(new TextDecoderStream());
  for await (const piece of lines.values({ preventCancel: true })) {
    text += piece;
    const url = /ready: [^\n]*(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
    if (url) {
      lines.pipeTo(new WritableStream()).catch(() => {});
      return url;
    }
  }
  throw new Error(text);
}
