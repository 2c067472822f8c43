import assert from "node:assert/strict";
import * as client from "../../clients/typescript/midstream.ts";
import { DEMO } from "../service/golden_files.ts";
import { runService } from "../service/running_service.ts";
import { type DifficultService, difficultService } from "./difficult_service.ts";
import { scenario } from "./scenario.ts";

const { Midstream, ProblemError } = client;
const PROMPT = "Once upon a time, there was a little girl named";
const ONE_CELL = { layers: [0], top_k: 1 };
const file = new Blob([await Deno.readFile(`${DEMO}/lenses/tuned/params.pt`)]);

Deno.test("midstream.ts probes, streams, uploads and downloads", async () => {
  await using running = await runService();
  const outcome = await scenario(client, running.url, { file, id: "mine" });
  const { readouts, tokens } = await running.json<{ readouts: client.ReadoutFrame[]; tokens: unknown[] }>("/probe", {
    prompt: PROMPT,
    lenses: ["logit", "tuned"],
    sites: ["attn_out", "resid_post"],
    layers: [0, -1],
    positions: [3, -1],
    top_k: 2,
    track: [" Lily"],
    statistics: ["entropy", "next_rank", "agrees_against"],
    against: "jacobian",
  });
  assert.deepEqual(outcome.tokens, tokens);
  const cells = outcome.rows.filter(({ kind }) => kind !== "output");
  const expected = readouts.flatMap(({ top, tracked, warnings: _, ...cell }) => [
    ...top.map((token, at) => ({ kind: "top", rank: at + 1, ...token, ...cell })),
    ...tracked.map((token) => ({ kind: "tracked", ...token, ...cell })),
  ]);
  assert.deepEqual(cells.map(({ token_id: _, token_text: __, ...cell }) => cell), expected);
  assert.deepEqual(cells[0]!.token_text, outcome.tokens[3]!.text);
  const outputs = outcome.rows.filter(({ kind }) => kind === "output");
  assert.deepEqual(outputs.map(({ position, rank, lens }) => [position, rank, lens]), [
    [3, 1, null],
    [3, 2, null],
    [11, 1, null],
    [11, 2, null],
  ]);
  assert.match(outcome.warnings.join(), /attn_out/);

  assert.deepEqual(outcome.frames.slice(0, 3), ["start", "output", "readout"]);
  assert.equal(outcome.frames.length, 20);

  assert.deepEqual(outcome.positions, [10, 11]);
  assert.deepEqual(outcome.input_ids, outcome.tokens.map(({ id }) => id));
  assert.equal(outcome.shapes.length, 3 * 8 + 1);
  for (const { name, shape, length } of outcome.shapes) {
    assert.deepEqual(shape, name === "logits" ? [2, 4096] : [2, 128], name);
    assert.equal(length, shape[0]! * shape[1]!, name);
  }
  const [mid, mlp, post] = outcome.states as [number[], number[], number[]];
  mid.forEach((value, at) => assert.ok(Math.abs(value + mlp[at]! - post[at]!) < 1e-4));

  assert.equal(outcome.sent.at(-1), file.size);
  assert.deepEqual(outcome.sent, outcome.sent.toSorted((a, b) => a - b));
  const { id, kind, bytes, note, shared } = outcome.info;
  assert.deepEqual({ id, kind, bytes, note, shared }, {
    id: "mine",
    kind: "tuned",
    bytes: file.size,
    note: "from a test",
    shared: false,
  });

  assert.ok("problem" in outcome.refusal);
  assert.equal(outcome.refusal.problem.type, "urn:midstream:problem:out-of-range");
  assert.equal(outcome.refusal.problem.errors?.[0]?.pointer, "/layers/0");
  assert.match(outcome.refusal.message, /\(422\).*layers are 0 to 7/);
});

Deno.test("midstream.ts stands what lies between it and the service", async (t) => {
  await using running = await runService();
  await using difficult = difficultService(running.url);
  const meet = (path: string, options = {}) => new Midstream(`${difficult.url}/${path}`, options);
  const steps: Record<string, (difficult: DifficultService) => Promise<void>> = {
    "429 and 503 are asked again after what Retry-After says": async ({ asked }) => {
      assert.equal((await meet("429,503/ts").probe(PROMPT, ONE_CELL)).rows.length, 2);
      const [first, second, third] = asked("429,503/ts") as [number, number, number];
      assert.ok(second - first >= 1000 && third - second >= 1000);
    },
    "a lens is sent again": async () => {
      const { bytes } = await meet("503/ts-upload").uploadLens("again", file);
      assert.equal(bytes, file.size);
    },
    "patience ends": async ({ asked }) => {
      const probe = meet("429,429,429/ts", { patience: 1.5 }).probe(PROMPT);
      await assert.rejects(probe, (error: unknown) => {
        assert.ok(error instanceof ProblemError);
        assert.deepEqual([error.problem.status, error.retryAfter], [429, 1]);
        return true;
      });
      assert.equal(asked("429,429,429/ts").length, 2);
    },
    "a key is sent where there is one": async () => {
      assert.equal((await meet("keyed/ts", { key: "secret" }).probe(PROMPT, ONE_CELL)).rows.length, 2);
      await assert.rejects(meet("keyed/ts").probe(PROMPT), /401/);
    },
    "a refusal of something else is one too": async () => {
      await assert.rejects(meet("gateway/ts").probe(PROMPT), /^Error: Bad Gateway \(502\): <h1>/);
    },
    "a stream that was cut is an error": async () => {
      await assert.rejects(meet("cut/ts").probe(PROMPT), /cut/);
    },
    "texts may hold what others take for the end of a line": async () => {
      const { rows } = await meet("separators/ts").probe(PROMPT, { layers: [0], positions: [10] });
      assert.equal(rows[0]!.token_text, " \u2028\u0085");
    },
    "a signal ends the waiting for an answer": async () => {
      const stopped = new AbortController();
      const probe = new Midstream(running.url).probe(PROMPT, { positions: "all", top_k: 100 }, stopped.signal);
      stopped.abort();
      await assert.rejects(probe, { name: "AbortError" });
    },
  };
  for (const [name, run] of Object.entries(steps)) await t.step(name, () => run(difficult));
});

Deno.test("midstream.ts comes again to a service whose queue is full, and each gets its answer", async () => {
  await using running = await runService(["--queue", "0", "--parallel", "1", "--prefix-cache", "0"]);
  await using difficult = difficultService(running.url);
  const lab = new Midstream(`${difficult.url}/none/busy`);
  const probes = Array.from({ length: 4 }, () => lab.probe(PROMPT.repeat(20), { positions: "all", top_k: 1 }));
  const answers = await Promise.all(probes);
  const [first, ...others] = answers.map(({ rows }) => rows);
  for (const rows of others) assert.deepEqual(rows, first);
  assert.ok(difficult.asked("none/busy").length > probes.length, "nobody was refused");
});
