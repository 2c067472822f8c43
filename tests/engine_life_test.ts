import assert from "node:assert/strict";
import type { ProbeAnswer } from "./service/answers.ts";
import { raisedDemo, variedIds } from "./service/raised_demo.ts";
import { type RunningService, runService } from "./service/running_service.ts";

const QUESTION = { prompt: "Once upon a time, there was a little girl named" };
/** Heavy enough that it is still running when several other requests have been answered. */
const LONG = { prompt: variedIds(4096), positions: "all" };

interface Frame {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Frames of a stream as they come. */
async function* frames(response: Response): AsyncGenerator<Frame> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line) as Frame;
  }
  assert.equal(rest, "", "the last frame is whole");
}

async function firstToken(running: RunningService): Promise<string> {
  return (await running.json<ProbeAnswer>("/probe", QUESTION)).output[0]!.top[0]!.text;
}

async function longService(flags: readonly string[] = []): Promise<RunningService & AsyncDisposable> {
  const model = await raisedDemo();
  const running = await runService(["--model", model.folder, ...flags]);
  return {
    ...running,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
}

Deno.test("/livez, /model, /tokenize and a short probe are answered while a long one runs", async () => {
  await using running = await longService();
  const long = await running.post("/probe/stream", LONG);
  const order: string[] = [];
  const all = (async () => {
    for await (const { type } of frames(long)) if (type === "end") order.push("long");
  })();
  for (const path of ["/livez", "/readyz", "/model"]) {
    const response = await fetch(running.url + path);
    await response.body?.cancel();
    assert.equal(response.status, 200);
    order.push(path);
  }
  await running.json("/tokenize", { prompt: "one two" });
  assert.equal(await firstToken(running), " Lily");
  order.push("short");
  await all;
  assert.deepEqual(order, ["/livez", "/readyz", "/model", "short", "long"]);
});

Deno.test("kill -9 of the engine in mid-probe: a 503, /readyz says so, it comes back, and the next probe is right", async () => {
  await using running = await longService();
  const stream = await running.post("/probe/stream", LONG);
  const seen = frames(stream);
  while ((await seen.next()).value?.type !== "readout");
  const plain = running.post("/probe", { ...LONG, positions: [4000] });
  const pid = running.service.engine.pid!;
  Deno.kill(pid, "SIGKILL");

  let last: Frame | undefined;
  for await (const frame of seen) last = frame;
  assert.equal(last?.type, "error");
  assert.equal((last?.["problem"] as { status: number }).status, 503);
  const refused = await plain;
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.match(refused.headers.get("retry-after")!, /^[1-9]\d*$/);
  await refused.body?.cancel();

  const states = new Set<number>();
  for (;;) {
    const ready = await fetch(`${running.url}/readyz`);
    await ready.body?.cancel();
    states.add(ready.status);
    if (ready.status === 200 && running.service.engine.pid !== pid) break;
  }
  assert.ok(states.has(503), "readyz said that the engine was away");
  assert.equal(await firstToken(running), " Lily");
});

Deno.test("a client that hangs up frees the engine: what it asked for is not computed to its end", async () => {
  await using running = await longService(["--parallel", "1", "--chunk-tokens", "64"]);
  const stop = new AbortController();
  const long = await running.post("/probe/stream", LONG, { signal: stop.signal });
  const positions: number[] = [];
  await assert.rejects(async () => {
    for await (const frame of frames(long)) {
      if (frame.type === "output") positions.push(frame["position"] as number);
      if (positions.length === 3) stop.abort();
    }
  });
  // With one place in the engine the next probe is answered only once the long one has ended or been stopped.
  assert.equal(await firstToken(running), " Lily");
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  const rows = Number(metrics.match(/^midstream_decoded_rows_total (\d+)$/m)![1]);
  assert.ok(rows < 4096 * 8, `${rows} rows were decoded`);
});

Deno.test("a client that hangs up before a whole answer begins frees the engine too", async () => {
  await using running = await longService(["--parallel", "1", "--chunk-tokens", "32"]);
  const stop = new AbortController();
  const whole = running.post("/probe", { prompt: variedIds(8000), layers: [0] }, { signal: stop.signal });
  const rejected = assert.rejects(whole);
  for (let inside = 0; inside === 0;) {
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    inside = Number(metrics.match(/^midstream_running (\d+)$/m)![1]);
  }
  stop.abort();
  await rejected;
  assert.equal(await firstToken(running), " Lily");
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  assert.match(metrics, /^midstream_requests_total\{route="\/probe",method="POST",status="499"\} 1$/m);
});

Deno.test("--request-timeout stops the work: 504 before the answer, an error frame within it", async () => {
  await using running = await longService(["--request-timeout", "1", "--chunk-tokens", "16", "--row-block", "8"]);
  const heavy = { prompt: variedIds(8000), positions: [7999], sites: ["attn_out", "mlp_out", "resid_post"] };
  const [plain, stream] = await Promise.all([
    running.post("/probe", heavy),
    running.post("/probe/stream", { ...LONG, top_k: 100 }),
  ]);
  const problem = await plain.json();
  assert.equal(plain.status, 504, JSON.stringify(problem).slice(0, 200));
  assert.equal(problem.status, 504);
  let last: Frame | undefined;
  for await (const frame of frames(stream)) last = frame;
  assert.equal(last?.type, "error");
  assert.equal((last?.["problem"] as { status: number }).status, 504);
  assert.equal(await firstToken(running), " Lily");
});

Deno.test("the request after the last place of the queue gets 429 with Retry-After, before its prompt is read", async () => {
  await using running = await longService(["--parallel", "1", "--queue", "1"]);
  const stop = new AbortController();
  const first = await running.post("/probe/stream", LONG, { signal: stop.signal });
  const waiting = await running.post("/probe/stream", QUESTION, { signal: stop.signal });
  const queued = (await frames(waiting).next()).value!;
  assert.equal(queued.type, "queued");
  assert.equal(queued["position"], 1);
  // A prompt that would be refused if it were looked at: the queue comes first.
  const refused = await running.post("/probe", { prompt: variedIds(8193) });
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("retry-after")!, /^[1-9]\d*$/);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  await refused.body?.cancel();
  stop.abort();
  await first.body?.cancel().catch(() => {});
  let later = await running.post("/probe", QUESTION);
  while (later.status === 429) {
    await later.body?.cancel();
    later = await running.post("/probe", QUESTION);
  }
  assert.equal((await later.json() as ProbeAnswer).output[0]!.top[0]!.text, " Lily");
});

Deno.test("4,096 tokens with positions all: the JSON form is refused by the cap with advice, the stream is whole", async () => {
  await using running = await longService();
  const refused = await running.post("/probe", { ...LONG, sites: ["resid_mid", "resid_post"] });
  assert.equal(refused.status, 422);
  const { detail } = await refused.json();
  assert.match(detail, /\/probe\/stream/);
  assert.match(detail, /top_k|positions|layers/);
  const counts = new Map<string, number>();
  for await (const { type } of frames(await running.post("/probe/stream", LONG))) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(counts), { start: 1, output: 4096, readout: 4096 * 8, end: 1 });
});
