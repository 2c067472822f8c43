import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ActivationsPlan,
  type DecodedRows,
  type Engine,
  type ProbeEvent,
  type ProbePlan,
} from "../../model/engine/engine.ts";
import { createExecutor } from "../../model/engine/executor.ts";
import type { InvariantName } from "./invariants.ts";
import { reportText } from "./report_text.ts";
import { selfCheck } from "./self_check.ts";

const GOLDEN = fileURLToPath(new URL("../../tests/golden/architectures/", import.meta.url));
const never = new AbortController().signal;

type Work = Pick<Engine, "probe" | "activations">;

/** A model on which every invariant can be broken: grouped heads, an untied head, 4 blocks. */
const MODEL = `${GOLDEN}llama-mha-untied`;

async function check(folder: string, sabotage: (engine: Work) => Work = (engine) => engine, signal = never) {
  const executor = await createExecutor({ model: folder, precision: "f32", threads: 2 });
  try {
    return await selfCheck({
      engine: sabotage(executor),
      model: executor.model,
      maxTokens: Infinity,
      tokenizer: null,
      checkpoint: { path: folder },
      lenses: [],
    }, signal);
  } finally {
    await executor.close();
  }
}

for (
  const name of ["llama-mha-untied", "mistral", "qwen2", "qwen3", "llama-fp16", "llama-head8", "llama-rope-llama3"]
) {
  Deno.test(`selfCheck() passes every invariant on ${name}`, async () => {
    const report = await check(`${GOLDEN}${name}`);
    assert.deepEqual(report.invariants.filter(({ verdict }) => verdict !== "pass"), [], reportText(report));
    assert.equal(report.passed, true);
    assert.equal(report.tokens, 64);
    for (const { figure, bound } of report.invariants) assert.ok(figure! >= 0 && figure! <= bound);
  });
}

/** Rows of a probe changed on their way out. */
function changingRows(engine: Work, when: (plan: ProbePlan) => boolean, change: (rows: DecodedRows) => void): Work {
  return {
    activations: (plan, signal) => engine.activations(plan, signal),
    async *probe(plan, signal): AsyncGenerator<ProbeEvent> {
      for await (const event of engine.probe(plan, signal)) {
        if (event.type === "position" && when(plan)) change(event.rows);
        yield event;
      }
    },
  };
}

/** Translators of a probe changed on their way in. */
function changingPlans(engine: Work, change: (plan: ProbePlan) => ProbePlan): Work {
  return {
    activations: (plan, signal) => engine.activations(plan, signal),
    probe: (plan, signal) => engine.probe(change(plan), signal),
  };
}

/** The first value of piece `index` of the activations changed; a tensor of these small models is one piece. */
function changingStates(engine: Work, index: number, when: (plan: ActivationsPlan) => boolean, by = 1e-2): Work {
  return {
    probe: (plan, signal) => engine.probe(plan, signal),
    async *activations(plan, signal): AsyncGenerator<Uint8Array> {
      let tensor = 0;
      for await (const bytes of engine.activations(plan, signal)) {
        if (!when(plan) || tensor++ !== index) {
          yield bytes;
          continue;
        }
        const values = new Float32Array(bytes.slice().buffer);
        values[0]! += by;
        yield new Uint8Array(values.buffer);
      }
    },
  };
}

/** The work of a probe that runs beside another one is changed. */
function changingNeighbours(engine: Work): Work {
  let running = 0;
  return {
    activations: (plan, signal) => engine.activations(plan, signal),
    async *probe(plan, signal): AsyncGenerator<ProbeEvent> {
      running++;
      try {
        for await (const event of engine.probe(plan, signal)) {
          if (event.type === "position" && running > 1) event.rows.logSumExp[1]! += 1e-2;
          yield event;
        }
      } finally {
        running--;
      }
    },
  };
}

const isText = ({ ids }: { readonly ids: readonly number[] }) => ids.length > 8;
const first = (sites: readonly string[], site: string) => sites.length === 3 && sites[0] === site;

/** What is broken, and which check must see it: that one and no other. */
const SABOTAGE: { readonly [K in InvariantName]: readonly [string, (engine: Work) => Work] } = {
  output_is_last_state: [
    "the logits of /activations are those of another state",
    (engine) => changingStates(engine, 0, (plan) => plan.logits && isText(plan), 100),
  ],
  zero_translator: [
    "a tuned translator loses the state that it should keep",
    (engine) =>
      changingPlans(engine, (plan) => ({
        ...plan,
        translators: (plan.translators ?? []).map((source) =>
          source.form === "residual" ? { ...source, form: "jacobian" as const } : source
        ),
      })),
  ],
  identity_jacobian: [
    "a Jacobian is read from one row too far",
    (engine) =>
      changingPlans(engine, (plan) => ({
        ...plan,
        translators: (plan.translators ?? []).map((source) =>
          source.form === "jacobian"
            ? { ...source, key: `${source.key} moved`, weight: { ...source.weight, strides: [source.dModel + 1, 1] } }
            : source
        ),
      })),
  ],
  attention_adds_up: [
    "attn_out of a block is off by a hundredth",
    (engine) => changingStates(engine, 1, ({ sites }) => first(sites, "resid_pre")),
  ],
  mlp_adds_up: [
    "mlp_out of a later block is off by a hundredth",
    (engine) => changingStates(engine, 4, ({ sites }) => first(sites, "resid_mid")),
  ],
  parts_sum_to_logits: [
    "a part is normed by its own RMS where the final one was asked for",
    (engine) =>
      changingRows(engine, ({ norm }) => norm === "final", ({ trackedLogits }) => {
        trackedLogits[trackedLogits.length - 1]! *= 1.5;
      }),
  ],
  batch_is_alone: ["a prompt takes from its neighbour", changingNeighbours],
  chunked_is_whole: [
    "the second piece of a prompt does not see the first",
    (engine) =>
      changingRows(engine, ({ chunkTokens }) => chunkTokens !== undefined, ({ topLogits }) => {
        topLogits[10]! += 1e-2;
      }),
  ],
  cached_is_computed: [
    "the cache gives another prompt's keys",
    (engine) =>
      changingRows(engine, ({ cache }) => cache !== false, ({ logSumExp }) => {
        logSumExp[0]! += 1e-2;
      }),
  ],
  float64_states: [
    "a state is off by a hundredth",
    (engine) => changingStates(engine, 3, (plan) => !isText(plan)),
  ],
  float64_logprobs: [
    "the output of a short prompt is off by a hundredth",
    (engine) =>
      changingRows(engine, (plan) => !isText(plan), ({ logSumExp }) => {
        logSumExp[0]! += 1e-2;
      }),
  ],
};

for (const [name, [what, sabotage]] of Object.entries(SABOTAGE)) {
  Deno.test(`${name} alone fails when ${what}`, async () => {
    const report = await check(MODEL, sabotage);
    assert.deepEqual(report.invariants.filter(({ verdict }) => verdict === "fail").map((it) => it.name), [name]);
    assert.equal(report.passed, false);
  });
}

Deno.test("a figure that is no number fails", async () => {
  const report = await check(
    MODEL,
    (engine) =>
      changingRows(engine, ({ norm }) => norm === "final", ({ trackedLogits }) => void trackedLogits.fill(NaN)),
  );
  const { verdict, figure } = report.invariants.find(({ name }) => name === "parts_sum_to_logits")!;
  assert.deepEqual([verdict, figure], ["fail", null]);
});

Deno.test("what cannot be recomputed is skipped, says why, and fails nothing", async () => {
  const executor = await createExecutor({ model: MODEL, precision: "f32", threads: 2 });
  const report = await selfCheck({
    engine: executor,
    model: executor.model,
    maxTokens: 5,
    tokenizer: { encode: () => [1, 2, 3, 4, 5, 6, 7] },
    checkpoint: { path: `${GOLDEN}mistral` },
    lenses: [],
  }, never);
  await executor.close();
  assert.equal(report.passed, true);
  assert.equal(report.tokens, 5);
  const skipped = report.invariants.filter(({ verdict }) => verdict === "skipped");
  assert.deepEqual(skipped.map(({ name }) => name), ["float64_states", "float64_logprobs"]);
  assert.match(skipped[0]!.reason!, /another one than was loaded/);
});

Deno.test("a self-check stops when the signal aborts, and leaves no file", async () => {
  const stop = new AbortController();
  let folder = "";
  const running = check(MODEL, (engine) =>
    changingPlans(engine, (plan) => {
      if (plan.translators) {
        folder = dirname(plan.translators[0]!.file);
        assert.ok(Deno.statSync(folder).isDirectory);
        stop.abort(new Error("hung up"));
      }
      return plan;
    }), stop.signal);
  await assert.rejects(running, /hung up/);
  assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound);
});
