import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { float64Cell } from "../../lens/algebra_float64.ts";
import { statistic, STATISTICS } from "../../lens/statistics.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { parseConfig } from "../checkpoint/parse_config.ts";
import { TemporaryFolder } from "../checkpoint/temporary_folder.ts";
import type { DecodedRows, NormMode } from "./engine.ts";
import { type HeadRequest, HeadSession } from "./head_session.ts";

const D_MODEL = 24;
const EPS = 1e-6;
const NAMES = STATISTICS.map(({ name }) => name);
/** Largest difference between float32 in the graph and float64 from the same logits. */
const TOLERANCE = 2e-5;

/** Weights of a head with many equal rows, so that logits tie; a big one makes some rows nearly certain. */
function weights(vocabulary: number, seed: number): { gain: Float32Array<ArrayBuffer>; w: Float32Array<ArrayBuffer> } {
  const random = generator(seed);
  const gain = Float32Array.from({ length: D_MODEL }, () => 0.5 + random());
  const w = Float32Array.from({ length: vocabulary * D_MODEL }, () => (random() - 0.5) * 1.5);
  for (let id = 3; id < vocabulary; id += 3) {
    const twin = Math.floor(random() * id);
    w.copyWithin(id * D_MODEL, twin * D_MODEL, (twin + 1) * D_MODEL);
  }
  return { gain, w };
}

function generator(seed: number): () => number {
  let state = seed * 7919 % 2147483647 || 1;
  return () => (state = state * 48271 % 2147483647) / 2147483647;
}

interface Head extends AsyncDisposable {
  readonly session: HeadSession;
  readonly gain: Float32Array;
  readonly w: Float32Array;
}

async function makeHead(vocabulary: number): Promise<Head> {
  const folder = await TemporaryFolder.make();
  const { gain, w } = weights(vocabulary, vocabulary);
  const file = join(folder.path, "weights.bin");
  await Deno.writeFile(file, new Uint8Array(await new Blob([gain, w]).arrayBuffer()));
  const json = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: D_MODEL,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    vocab_size: vocabulary,
    max_position_embeddings: 64,
    rms_norm_eps: EPS,
    rope_theta: 10000,
    hidden_act: "silu",
    tie_word_embeddings: false,
  };
  const { config, architecture } = parseConfig(json, "config.json");
  const tensor = (name: string, shape: number[], offset: number) => {
    const length = 4 * shape.reduce((a, b) => a * b);
    return [name, { name, dtype: "F32", shape, file, offset, length }] as const;
  };
  const tensors = new Map([
    tensor("model.norm.weight", [D_MODEL], 0),
    tensor("lm_head.weight", [vocabulary, D_MODEL], gain.byteLength),
  ]);
  const checkpoint: Checkpoint = { id: "test", digest: "", config, architecture, dtype: "F32", tensors };
  const session = await HeadSession.create(checkpoint, { threads: 1 });
  return {
    session,
    gain,
    w,
    async [Symbol.asyncDispose]() {
      await session.release();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** States of very different sizes, as in a real residual stream. */
function states(count: number, seed: number): Float32Array {
  const random = generator(seed);
  const sizes = [1e-2, 1, 30, 2.7e4];
  return Float32Array.from(
    { length: count * D_MODEL },
    (_, i) => (random() - 0.5) * sizes[(Math.floor(i / D_MODEL) + seed) % 4]!,
  );
}

/** logits in float64: [rows][vocabulary]. */
function float64Logits({ gain, w }: Head, rows: Float32Array, perPosition: number, norm: NormMode): Float64Array[] {
  const count = rows.length / D_MODEL;
  const rms = (row: number) => {
    const x = rows.subarray(row * D_MODEL, (row + 1) * D_MODEL);
    return Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / D_MODEL + EPS);
  };
  return Array.from({ length: count }, (_, row) => {
    const scale = rms(norm === "own" ? row : row - row % perPosition);
    return Float64Array.from({ length: w.length / D_MODEL }, (_, id) => {
      let sum = 0;
      for (let i = 0; i < D_MODEL; i++) sum += rows[row * D_MODEL + i]! / scale * gain[i]! * w[id * D_MODEL + i]!;
      return sum;
    });
  });
}

/** Everything that was decoded must be what the float64 algebra says of the very same logits. */
function assertDecoded(decoded: DecodedRows, request: HeadRequest, logits: readonly Float64Array[]): void {
  const { topK, tracked, rowsPerPosition } = request;
  const near = (actual: number, expected: number, what: string) =>
    assert.ok(
      Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)),
      `${what}: ${actual}, not ${expected}`,
    );
  for (const [row, z] of logits.entries()) {
    const position = Math.floor(row / rowsPerPosition);
    const next = request.nextIds[position] ?? null;
    const other = request.against?.[row % rowsPerPosition] ?? null;
    const compared = other === null ? z : logits[position * rowsPerPosition + other]!;
    const cell = float64Cell(z, logits[position * rowsPerPosition]!, next ?? 0, compared);
    const order = [...z.keys()].sort((a, b) => z[b]! - z[a]! || a - b).slice(0, topK);
    assert.deepEqual([...decoded.topIds.subarray(row * topK, (row + 1) * topK)], order);
    assert.deepEqual([...decoded.topLogits.subarray(row * topK, (row + 1) * topK)], order.map((id) => z[id]));
    near(decoded.logSumExp[row]!, cell.lens.logSumExp, "log-sum-exp");
    for (const [i, id] of tracked.entries()) {
      assert.equal(decoded.trackedLogits[row * tracked.length + i], z[id]);
      assert.equal(decoded.trackedRanks[row * tracked.length + i], cell.lens.rank(id));
    }
    for (const [i, name] of request.statistics.entries()) {
      const { formula, type, needsNextToken, needsAgainst } = STATISTICS.find((s) => s.name === name)!;
      const actual = decoded.statistics[i]![row]!;
      if (needsNextToken && next === null || needsAgainst && other === null) assert.ok(Number.isNaN(actual), name);
      else if (type === "number") near(actual, formula(cell), name);
      else assert.equal(actual, formula(cell), name);
    }
  }
}

for (const vocabulary of [320, 105, 512, 64, 11, 257, 4096]) {
  Deno.test(`HeadSession.run() agrees with the float64 algebra, ties included, at a vocabulary of ${vocabulary}`, async () => {
    await using head = await makeHead(vocabulary);
    const plans = fc.record({
      positions: fc.integer({ min: 1, max: 3 }),
      rowsPerPosition: fc.integer({ min: 1, max: 5 }),
      topK: fc.integer({ min: 0, max: Math.min(100, vocabulary) }),
      tracked: fc.array(fc.integer({ min: 0, max: vocabulary - 1 }), { maxLength: 3 }),
      statistics: fc.subarray(NAMES),
      seed: fc.integer({ min: 1, max: 1e6 }),
      others: fc.option(fc.array(fc.option(fc.nat(4)), { minLength: 5, maxLength: 5 })),
      next: fc.array(fc.option(fc.integer({ min: 0, max: vocabulary - 1 })), { minLength: 3, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(plans, async ({ next, seed, others, ...plan }) => {
        const rows = states(plan.positions * plan.rowsPerPosition, seed);
        const nextIds = next.slice(0, plan.positions);
        const against = others?.slice(0, plan.rowsPerPosition).map((row) =>
          row === null ? null : row % plan.rowsPerPosition
        );
        const request: HeadRequest = { ...plan, rows, nextIds, norm: "own", ...(against ? { against } : {}) };
        const flat = await head.session.logits(rows);
        const logits = Array.from(
          { length: rows.length / D_MODEL },
          (_, row) => Float64Array.from(flat.subarray(row * vocabulary, (row + 1) * vocabulary)),
        );
        assertDecoded(await head.session.run(request), request, logits);
      }),
      { numRuns: 25 },
    );
  });
}

for (const norm of ["own", "final"] as const) {
  Deno.test(`HeadSession.run() with norm "${norm}" norms as the definition says, from 0.01 to 27000 in size`, async () => {
    await using head = await makeHead(105);
    const rows = states(12, 3);
    const tracked = Array.from({ length: 105 }, (_, id) => id);
    const decoded = await head.session.run({
      rows,
      positions: 3,
      rowsPerPosition: 4,
      norm,
      topK: 0,
      tracked,
      nextIds: [null, null, null],
      statistics: [],
    });
    const expected = float64Logits(head, rows, 4, norm);
    for (const [row, z] of expected.entries()) {
      const tolerance = 2e-6 * Math.max(1, ...z.map(Math.abs));
      for (const [id, value] of z.entries()) {
        const actual = decoded.trackedLogits[row * 105 + id]!;
        assert.ok(Math.abs(actual - value) <= tolerance, `row ${row}, token ${id}: ${actual}, not ${value}`);
      }
    }
  });
}

Deno.test("HeadSession.run() says the same of a row whatever shares its run", async () => {
  await using head = await makeHead(320);
  const positions = 5;
  const rowsPerPosition = 7;
  const rows = states(positions * rowsPerPosition, 11);
  const statistics = NAMES.filter((name) => !statistic(name).needsAgainst);
  const plan = { norm: "own", topK: 5, tracked: [7], statistics } as const;
  const nextIds = Array.from({ length: positions }, (_, i) => i * 31);
  const together = await head.session.run({ ...plan, rows, positions, rowsPerPosition, nextIds });
  for (let row = 0; row < positions * rowsPerPosition; row++) {
    const position = Math.floor(row / rowsPerPosition);
    const state = (r: number) => rows.subarray(r * D_MODEL, (r + 1) * D_MODEL);
    const pair = new Float32Array([...state(position * rowsPerPosition), ...state(row)]);
    const nextId = nextIds[position]!;
    const alone = await head.session.run({ ...plan, rows: pair, positions: 1, rowsPerPosition: 2, nextIds: [nextId] });
    assert.deepEqual([...alone.topIds.subarray(5)], [...together.topIds.subarray(row * 5, row * 5 + 5)]);
    for (const [i, name] of statistics.entries()) {
      const [a, b] = [alone.statistics[i]![1]!, together.statistics[i]![row]!];
      assert.ok(Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b)), `${name}: ${a} alone, ${b} together`);
    }
  }
});

Deno.test("HeadSession.run() finds the output row no different from itself, exactly", async () => {
  await using head = await makeHead(512);
  const zero = ["kl_output_lens", "kl_lens_output", "jeffreys_half", "tv", "linf_prob"] as const;
  const decoded = await head.session.run({
    rows: states(6, 5),
    positions: 3,
    rowsPerPosition: 2,
    norm: "own",
    topK: 0,
    tracked: [],
    nextIds: [1, 2, null],
    statistics: [...zero, "output_rank", "agrees"],
  });
  for (const row of [0, 2, 4]) {
    assert.deepEqual(decoded.statistics.map((values) => values[row]), [0, 0, 0, 0, 0, 1, 1]);
  }
});
