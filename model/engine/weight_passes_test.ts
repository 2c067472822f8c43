import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openModelFiles } from "../checkpoint/open_model.ts";
import { stageGraph } from "../graph/stage.ts";
import { stateName } from "../graph/states.ts";
import type { States } from "./forward_pass.ts";
import { packPrompts } from "./pack.ts";
import { PassRequest } from "./pass_request.ts";
import { createSession } from "./session.ts";
import { StageRunner, stagesOf } from "./stage_run.ts";
import { Turns } from "./turns.ts";
import { WeightPasses } from "./weight_passes.ts";

const MODEL = fileURLToPath(new URL("../../tests/golden/architectures/llama-gqa-tied", import.meta.url));
const LAYERS = 3;
const never = new AbortController().signal;

/** Passes over a model of three stages, and which stages were opened; `opening` is called before each. */
async function passes(opening: (from: number) => void | Promise<void> = () => {}) {
  const opened = await openModelFiles(MODEL, {});
  assert.ok(opened.kind === "floats");
  const { checkpoint } = opened;
  const log: { from: number; runs: number }[] = [];
  const prefetched: (number | null)[] = [];
  const made = new WeightPasses({
    runner: new StageRunner(checkpoint, new Turns()),
    stages: stagesOf(LAYERS, 1),
    open: async ({ from, to }, runs) => {
      await opening(from);
      log.push({ from, runs });
      const options = { threads: 1, arena: false, mapped: true };
      return { from, to, session: await createSession(stageGraph(checkpoint, from, to), checkpoint, options) };
    },
    prefetch: (blocks) => prefetched.push(blocks && blocks.from),
    chunkTokens: 8,
    groupTokens: 8,
    bytes: 2 ** 20,
  });
  return { made, log, prefetched };
}

const request = (tokens: number, layer = LAYERS - 1, signal = never) => {
  const pack = packPrompts([Array.from({ length: tokens }, (_, i) => i)]);
  return new PassRequest(pack, { tokens: [tokens - 1], states: new Set([stateName("resid_post", layer)]) }, signal);
};

async function read(request: PassRequest): Promise<States> {
  const all: States = new Map();
  for await (const states of request.states) for (const [name, rows] of states) all.set(name, rows);
  return all;
}

Deno.test("WeightPasses takes those that wait through each stage together, and begins to read the next stage meanwhile", async () => {
  const { made, log, prefetched } = await passes();
  // Two side by side in one run, and one of two chunks.
  const requests = [request(5), request(3), request(16)];
  for (const one of requests) made.add(one);
  for (const states of await Promise.all(requests.map(read))) assert.deepEqual([...states.keys()], ["resid_post.2"]);
  assert.deepEqual(log, [{ from: 0, runs: 3 }, { from: 1, runs: 3 }, { from: 2, runs: 3 }]);
  await made.close();
  assert.deepEqual(prefetched, [0, 1, 2, null]);
});

Deno.test("WeightPasses computes no stage behind the last that is asked for", async () => {
  const { made, log } = await passes();
  const [short, long] = [request(4, 0), request(4, 1)];
  made.add(short);
  made.add(long);
  assert.equal((await read(short)).get("resid_post.0")!.length, 64);
  assert.equal((await read(long)).get("resid_post.1")!.length, 64);
  await made.close();
  assert.deepEqual(log.map(({ from }) => from), [0, 1]);
});

Deno.test("WeightPasses lets who comes during a pass wait for the next one", async () => {
  const late = request(4);
  const order: string[] = [];
  const { made, log } = await passes((from) => {
    if (from === 1 && log.length < LAYERS) made.add(late);
  });
  const first = request(4);
  made.add(first);
  await Promise.all([read(first).then(() => order.push("first")), read(late).then(() => order.push("late"))]);
  assert.deepEqual(order, ["first", "late"]);
  assert.deepEqual(log.map(({ from }) => from), [0, 1, 2, 0, 1, 2]);
  await made.close();
});

Deno.test("WeightPasses opens no further stage when everybody has left, and takes the next who comes", async () => {
  const stop = new AbortController();
  const { made, log } = await passes((from) => {
    if (from === 1) stop.abort(new Error("hung up"));
  });
  const gone = request(4, LAYERS - 1, stop.signal);
  const unread = request(4);
  made.add(gone);
  made.add(unread);
  const reading = assert.rejects(read(gone), /hung up/);
  await unread.states.cancel();
  await reading;
  await made.close();
  assert.deepEqual(log.map(({ from }) => from), [0, 1]);

  const { made: again, log: opened } = await passes();
  const before = new AbortController();
  const never = request(4, 0, before.signal);
  again.add(never);
  before.abort(new Error("hung up"));
  await assert.rejects(read(never), /hung up/);
  const next = request(4, 0);
  again.add(next);
  await read(next);
  assert.deepEqual(opened.map(({ from }) => from), [0]);
  await again.close();
});

Deno.test("WeightPasses tells all of a pass when a stage cannot be opened, and goes on", async () => {
  let broken = true;
  const { made } = await passes((from) => {
    if (from === 1 && broken) throw new Error("the disk is gone");
  });
  const [a, b, c] = [request(4), request(9), request(4)];
  for (const one of [a, b]) made.add(one);
  await Promise.all([a, b].map((one) => assert.rejects(read(one), /the disk is gone/)));
  broken = false;
  made.add(c);
  assert.equal((await read(c)).size, 1);
  await made.close();
  const after = request(1);
  made.add(after);
  await assert.rejects(read(after), /closes/);
});
