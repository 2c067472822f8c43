import assert from "node:assert/strict";
import { type EngineParts, startEngine, type SupervisedEngine } from "./client.ts";
import { EngineUnavailable, type ProbeEvent, type ProbePlan } from "./engine.ts";
import { EngineFault } from "./engine_fault.ts";
import { type FakeModel, fakeRows } from "./testdata/fake_executor.ts";

/** These tests are about processes: they need Unix signals, and some of them /proc. */
const linux = Deno.build.os === "linux";
const entry = new URL("testdata/fake_engine.ts", import.meta.url);
const silent = { info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

const plan = (positions: number): ProbePlan => ({
  ids: Array.from({ length: positions }, (_, i) => i % 100),
  positions: Array.from({ length: positions }, (_, i) => i),
  cells: [{ site: "resid_post", layer: 0 }, { site: "resid_post", layer: 1 }],
  norm: "own",
  topK: 3,
  tracked: [1],
  statistics: ["entropy", "output_rank"],
});

async function withEngine(
  fake: FakeModel,
  use: (engine: SupervisedEngine) => Promise<void>,
  parts: Partial<EngineParts> = {},
): Promise<void> {
  const engine = startEngine({ model: JSON.stringify(fake), precision: "f32" }, { log: silent, entry, ...parts });
  try {
    await use(engine);
  } finally {
    await engine.close();
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await condition()) {
    assert.ok(Date.now() < deadline, `never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function assertProbeIsRight(engine: SupervisedEngine, positions = 5): Promise<void> {
  const events = await Array.fromAsync(engine.probe(plan(positions), never));
  const expected: ProbeEvent[] = [
    { type: "start", rowOfCell: [0, 1], rowsPerPosition: 2 },
    ...plan(positions).positions.map((position) => ({
      type: "position" as const,
      position,
      rows: fakeRows(plan(positions), position, 2),
    })),
    { type: "end", timing: { waitMs: 1, forwardMs: 2, lensMs: 3 }, rows: 2 * positions, cachedTokens: 3 },
  ];
  assert.deepEqual(events, expected);
}

function kill(engine: SupervisedEngine): void {
  assert.ok(engine.pid);
  Deno.kill(engine.pid, "SIGKILL");
}

/** Reads until `count` positions are there; the rest is left to the caller. */
async function readPositions(events: AsyncIterator<ProbeEvent>, count: number): Promise<void> {
  for (let seen = 0; seen < count;) {
    const { done, value } = await events.next();
    assert.ok(!done, `ended after ${seen} positions`);
    if (value.type === "position") seen++;
  }
}

for (const tcp of [false, true]) {
  Deno.test(`startEngine() answers probes and activations from another process over ${tcp ? "tcp" : "unix"}`, () =>
    withEngine({}, async (engine) => {
      assert.equal(engine.state, "starting");
      await assert.rejects(Array.fromAsync(engine.probe(plan(1), never)), EngineUnavailable);
      assert.equal((await engine.loaded).id, "fake");
      assert.equal(engine.state, "ready");
      await assertProbeIsRight(engine);
      await Promise.all([1, 2, 3, 4].map((n) => assertProbeIsRight(engine, n * 50)));
      assert.ok((await engine.memory()).rssBytes > 0);
      const activations = {
        ids: [],
        positions: [1, 2],
        sites: [],
        layers: [],
        dtype: "float32",
        logits: true,
      } as const;
      const pieces = await Array.fromAsync(engine.activations(activations, never));
      const bytes = new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
      assert.deepEqual([...bytes.subarray(0, 6)], [1, 1, 1, 2, 2, 2]);
      assert.equal(bytes.length, 6 + 3 * 1024 * 1024);
      assert.ok(bytes.subarray(6).every((value, index) => value === index % 251));
    }, { tcp }));
}

Deno.test("a probe that is computed leaves the parent's event loop free", () =>
  withEngine({ blockMs: 200 }, async (engine) => {
    await engine.loaded;
    const order: string[] = [];
    const probe = Array.fromAsync(engine.probe(plan(2), never)).then(() => order.push("probe"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    order.push("timer");
    await probe;
    assert.deepEqual(order, ["timer", "probe"]);
  }));

Deno.test("events arrive while the next position is computed, not with it", () =>
  withEngine({ blockMs: 300 }, async (engine) => {
    await engine.loaded;
    const events = engine.probe(plan(3), never);
    await readPositions(events, 1);
    const after = events.next().then(() => "next position");
    const timer = new Promise((resolve) => setTimeout(resolve, 0, "timer"));
    assert.equal(await Promise.race([after, timer]), "timer");
    await after;
    await events.return();
  }));

Deno.test("kill -9 in mid-probe: the probe is told, the engine comes back, the next probe is right", () =>
  withEngine({ blockMs: 20 }, async (engine) => {
    await engine.loaded;
    const first = engine.pid;
    const events = engine.probe(plan(1000), never);
    await readPositions(events, 2);
    kill(engine);
    await assert.rejects(readPositions(events, 1000), (error) => {
      assert.ok(error instanceof EngineUnavailable, String(error));
      assert.ok(error.retryAfterSeconds >= 1);
      return true;
    });
    assert.equal(engine.state, "restarting");
    assert.match(engine.detail, /was killed \(SIGKILL/);
    await until("the engine is back", () => engine.state === "ready");
    assert.notEqual(engine.pid, first);
    assert.equal(engine.restarts, 1);
    await assertProbeIsRight(engine);
  }));

Deno.test("an engine killed while idle, twice in a row, comes back", () =>
  withEngine({}, async (engine) => {
    await engine.loaded;
    for (const times of [1, 2]) {
      kill(engine);
      await until("the death is seen", () => engine.state === "restarting");
      await assert.rejects(Array.fromAsync(engine.probe(plan(1), never)), EngineUnavailable);
      await until("the engine is back", () => engine.state === "ready");
      assert.equal(engine.restarts, times);
      await assertProbeIsRight(engine);
    }
  }));

Deno.test("an engine killed while it loads is started again, at the first start and at a restart", () =>
  withCounter((counter) =>
    withEngine({ counter, dieAtStarts: [1, 3, 4] }, async (engine) => {
      await engine.loaded; // the second start
      kill(engine);
      await until("the fifth start", () => engine.state === "ready" && engine.restarts === 1);
      await assertProbeIsRight(engine);
    })
  ));

Deno.test("a first start that dies every time fails with a sentence about how it died", () =>
  withEngine({ dieAtStarts: [1] }, async (engine) => {
    await assert.rejects(engine.loaded, { message: /^the engine process was killed \(SIGKILL/ });
    assert.equal(engine.state, "failed");
  }));

Deno.test("a model that is refused is final at the first start: one line, no stack", () =>
  withEngine({ refuse: "config.json: rope_type 'yarn' is not supported" }, async (engine) => {
    await assert.rejects(engine.loaded, { message: "config.json: rope_type 'yarn' is not supported" });
    assert.equal(engine.state, "failed");
    assert.equal(engine.detail, "config.json: rope_type 'yarn' is not supported");
    await assert.rejects(Array.fromAsync(engine.probe(plan(1), never)), EngineUnavailable);
  }));

Deno.test("another model on disk than at the start is not served in its place", () =>
  withCounter((counter) =>
    withEngine({ counter, changing: true }, async (engine) => {
      await engine.loaded;
      kill(engine);
      await until("the engine fails", () => engine.state === "failed");
      assert.match(engine.detail, /another one than at the start/);
    })
  ));

Deno.test("an abort stops the work within one step, and the engine goes on", () =>
  withCounter((journal) =>
    withEngine({ journal, blockMs: 20 }, async (engine) => {
      await engine.loaded;
      const stop = new AbortController();
      const events = engine.probe(plan(1000), stop.signal);
      await readPositions(events, 3);
      const reason = new Error("the client hung up");
      stop.abort(reason);
      await assert.rejects(readPositions(events, 1000), reason);
      await until("the executor's generator has ended", async () => (await Deno.readTextFile(journal)) !== "");
      const done = Number((await Deno.readTextFile(journal)).match(/^cancelled (\d+)\n$/)?.[1]);
      assert.ok(done >= 3 && done <= 8, `${done} positions were computed though 3 were wanted`);
      await assertProbeIsRight(engine);
    })
  ));

Deno.test("leaving the loop stops the work", () =>
  withCounter((journal) =>
    withEngine({ journal, blockMs: 20 }, async (engine) => {
      await engine.loaded;
      for await (const event of engine.probe(plan(1000), never)) if (event.type === "position") break;
      await until("the executor's generator has ended", async () => (await Deno.readTextFile(journal)) !== "");
      assert.match(await Deno.readTextFile(journal), /^cancelled /);
    })
  ));

Deno.test("a fault in the executor fails its probe alone", () =>
  withEngine({ faultAfter: 7 }, async (engine) => {
    await engine.loaded;
    const pid = engine.pid;
    await assert.rejects(Array.fromAsync(engine.probe(plan(10), never)), (error) => {
      assert.ok(error instanceof EngineFault);
      assert.equal(error.message, "the fake failed on purpose");
      assert.match(error.id, /^[0-9a-f-]{36}$/);
      return true;
    });
    await assertProbeIsRight(engine);
    assert.deepEqual([engine.state, engine.pid], ["ready", pid]);
  }));

Deno.test("close() lets a probe in flight end, and leaves no process", () =>
  withEngine({ blockMs: 20 }, async (engine) => {
    await engine.loaded;
    const pid = engine.pid;
    const events = engine.probe(plan(10), never);
    await readPositions(events, 1);
    const closed = engine.close();
    await readPositions(events, 9);
    assert.equal((await events.next()).value?.type, "end");
    await closed;
    assert.equal(engine.state, "closed");
    assert.throws(() => Deno.kill(pid as number, "SIGCONT"), Deno.errors.NotFound);
    await assert.rejects(Array.fromAsync(engine.probe(plan(1), never)), EngineUnavailable);
  }));

Deno.test("close() kills an engine that does not end its work in time", () =>
  withEngine({ blockMs: 20 }, async (engine) => {
    await engine.loaded;
    const pid = engine.pid;
    const events = engine.probe(plan(100_000), never);
    await readPositions(events, 1);
    const cutOff = assert.rejects(readPositions(events, 100_000), EngineUnavailable);
    await engine.close();
    await cutOff;
    assert.throws(() => Deno.kill(pid as number, "SIGCONT"), Deno.errors.NotFound);
  }, { drainMs: 100 }));

Deno.test("close() while the model loads ends the start", async () => {
  const engine = startEngine({ model: "{}", precision: "f32" }, { log: silent, entry });
  await engine.close();
  await assert.rejects(engine.loaded, /closed before/);
  assert.equal(engine.pid, undefined);
});

Deno.test("a terminal's SIGINT or a group's SIGTERM does not end the engine before its parent is done", () =>
  withEngine({}, async (engine) => {
    await engine.loaded;
    Deno.kill(engine.pid as number, "SIGINT");
    Deno.kill(engine.pid as number, "SIGTERM");
    await assertProbeIsRight(engine);
    assert.equal(engine.restarts, 0);
  }));

Deno.test({
  name: "the engine ends by itself and leaves nothing when its parent is killed (Linux: reads /proc)",
  ignore: !linux,
  async fn() {
    const temporary = await Deno.makeTempDir({ prefix: "e" });
    const parent = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", new URL("testdata/doomed_parent.ts", import.meta.url).href],
      env: { TMPDIR: temporary },
      stdout: "piped",
    }).spawn();
    const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await reader.read()).value);
    assert.ok(await exists(`/proc/${pid}`));
    assert.equal([...Deno.readDirSync(temporary)].length, 1);
    parent.kill("SIGKILL");
    await parent.status;
    await reader.cancel();
    await until("the engine is gone", async () => !await exists(`/proc/${pid}`));
    assert.deepEqual([...Deno.readDirSync(temporary)], []);
    await Deno.remove(temporary, { recursive: true });
  },
});

Deno.test({
  name: "200 probes, every other one given up, leave no file descriptor open on either side (Linux: reads /proc)",
  ignore: !linux,
  fn: () =>
    withEngine({}, async (engine) => {
      await engine.loaded;
      const count = () => [Deno.pid, engine.pid].map((pid) => [...Deno.readDirSync(`/proc/${pid}/fd`)].length);
      await Promise.all([1, 2, 3, 4].map((n) => assertProbeIsRight(engine, n)));
      const before = count();
      for (let i = 0; i < 200; i++) {
        if (i % 2 === 0) await assertProbeIsRight(engine, 3);
        else for await (const _ of engine.probe(plan(5000), never)) break;
      }
      const few = 8; // pooled connections come and go
      await until("descriptors are closed", () => count().every((n, side) => n <= (before[side] ?? 0) + few));
    }),
});

Deno.test({
  name: "where memory runs out, the kernel takes the engine first (Linux: reads /proc)",
  ignore: !linux,
  fn: () =>
    withEngine({}, async (engine) => {
      await engine.loaded;
      assert.equal((await Deno.readTextFile(`/proc/${engine.pid}/oom_score_adj`)).trim(), "800");
    }),
});

async function withCounter(use: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile();
  try {
    await use(file);
  } finally {
    await Deno.remove(file);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
