import assert from "node:assert/strict";
import { float64Cell } from "../lens/algebra_float64.ts";
import { STATISTICS } from "../lens/statistics.ts";
import { ProbeResponse } from "../openapi/schemas/probe_response.ts";
import { DESCRIPTION, logitsOf, memoryEngine } from "./testing/memory_engine.ts";
import { memoryLens } from "./testing/memory_lens.ts";
import { memoryLenses } from "./testing/memory_lenses.ts";
import { testApp } from "./testing/test_app.ts";

const IDS = [1, 5, 6, 7, 8];
const TUNED = memoryLens({ id: "mine", kind: "tuned", layers: [0, 1, 2, 3] });
const SPARSE = memoryLens({ id: "sparse", kind: "jacobian", layers: [0, 2] });
const OTHER = memoryLens({ id: "other", kind: "tuned", layers: [0], misfit: "it needs d_model 16, not 8" });
const LENSES = memoryLenses([TUNED, SPARSE, OTHER]);

async function probed(body: Record<string, unknown>) {
  const { post } = await testApp({ lenses: Promise.resolve(LENSES) });
  const response = await post("/probe", { prompt: IDS, ...body });
  return { status: response.status, answer: await response.json() };
}

async function answerOf(body: Record<string, unknown>) {
  const { status, answer } = await probed(body);
  assert.equal(status, 200, JSON.stringify(answer));
  ProbeResponse.parse(answer);
  return answer;
}

type Cell = Record<string, unknown> & { lens: string; site: string; layer: number; warnings: string[] };
const names = (answer: { readouts: Cell[] }) => answer.readouts.map((it) => `${it.lens} ${it.site} ${it.layer}`);

Deno.test("POST /probe reads every layer that a lens has for a site, in the order lens, site, layer", async () => {
  const answer = await answerOf({ lenses: ["sparse", "logit"], sites: ["resid_post", "resid_pre"], top_k: 0 });
  assert.deepEqual(names(answer), [
    "sparse resid_pre 1",
    "sparse resid_pre 3",
    "sparse resid_post 0",
    "sparse resid_post 2",
    // The last block's output is the model's own.
    "sparse resid_post 3",
    ...["resid_pre", "resid_post"].flatMap((site) => [0, 1, 2, 3].map((layer) => `logit ${site} ${layer}`)),
  ]);
  const { sha256 } = SPARSE.record;
  assert.deepEqual(answer.lenses, [
    { id: "sparse", kind: "jacobian", sha256, model_match: "exact" },
    { id: "logit", kind: "logit" },
  ]);
});

Deno.test("POST /probe sends each translator once, and each cell through its own", async () => {
  const plans: unknown[] = [];
  const engine = memoryEngine();
  const { post } = await testApp({
    lenses: Promise.resolve(LENSES),
    engine: {
      ...engine,
      probe: (plan, signal) => {
        plans.push(plan);
        return engine.probe(plan, signal);
      },
    },
  });
  await post("/probe", { prompt: IDS, lenses: ["mine"], sites: ["resid_pre", "resid_post"], layers: [1, 2, 3] });
  const [plan] = plans as [{ cells: unknown; translators: { key: string }[] }];
  const at = (layer: number) => plan.translators.findIndex(({ key }) => key === `${TUNED.record.sha256} ${layer}`);
  assert.equal(plan.translators.length, 3);
  assert.deepEqual(plan.cells, [
    { site: "resid_pre", layer: 1, translator: at(1) },
    { site: "resid_pre", layer: 2, translator: at(2) },
    { site: "resid_pre", layer: 3, translator: at(3) },
    // The output of block l is the input of block l + 1.
    { site: "resid_post", layer: 1, translator: at(2) },
    { site: "resid_post", layer: 2, translator: at(3) },
    { site: "resid_post", layer: 3 },
  ]);
});

Deno.test("POST /probe warns in each cell that lies outside what its lens was trained on", async () => {
  const answer = await answerOf({ lenses: ["logit", "mine"], sites: ["attn_out", "resid_pre"], layers: [1], top_k: 0 });
  const warned = (answer.readouts as Cell[]).filter(({ warnings }) => warnings.length > 0);
  assert.deepEqual(warned.map((it) => `${it.lens} ${it.site}`), ["mine attn_out"]);
  assert.match(warned[0]!.warnings[0]!, /outside what a tuned lens was trained on/);
});

Deno.test("POST /probe with `against` says of each cell how it differs from that lens' cell", async () => {
  const answer = await answerOf({ lenses: ["logit"], against: "mine", layers: [1], positions: [2], statistics: [] });
  const lens = logitsOf(IDS, 2, { site: "resid_post", layer: 1 }, DESCRIPTION.vocabulary);
  const against = logitsOf(IDS, 2, { site: "resid_post", layer: 1, translator: 0 }, DESCRIPTION.vocabulary);
  const output = logitsOf(IDS, 2, { site: "resid_post", layer: 3 }, DESCRIPTION.vocabulary);
  const cell = float64Cell(lens, output, IDS[3], against);
  const compared = STATISTICS.filter(({ needsAgainst }) => needsAgainst);
  assert.ok(compared.length >= 7);
  for (const { name, type, formula } of compared) {
    const expected = formula(cell);
    const found = answer.readouts[0][name];
    if (type === "boolean") assert.equal(found, expected === 1, name);
    else assert.ok(Math.abs(found - expected) < 1e-5, `${name}: ${found} is not ${expected}`);
  }
  assert.deepEqual(answer.lenses, [{ id: "logit", kind: "logit" }]);
});

Deno.test("POST /probe with `against` is null, with a warning, where that lens has no reading", async () => {
  const answer = await answerOf({ lenses: ["logit"], against: "sparse", top_k: 0 });
  const [zero, one] = answer.readouts;
  assert.equal(typeof zero.kl_lens_against, "number");
  assert.deepEqual(zero.warnings, []);
  assert.equal(one.kl_lens_against, null);
  assert.equal(one.agrees_against, null);
  assert.deepEqual(one.warnings, ['the lens "sparse" of `against` has no reading of resid_post at layer 1']);
  // Default statistics stay.
  assert.equal(typeof one.entropy, "number");
});

const REFUSALS: [string, Record<string, unknown>, string, string, RegExp][] = [
  ["an unknown lens", { lenses: ["nix"] }, "unknown-lens", "/lenses/0", /"nix"; there is "logit", "mine", "sparse"/],
  ["an unknown lens to compare with", { against: "nix" }, "unknown-lens", "/against", /there is "logit"/],
  ["a lens of another model", { lenses: ["other"] }, "lens-does-not-fit", "/lenses/0", /d_model 16, not 8/],
  [
    "a layer that the lens lacks",
    { lenses: ["sparse"], layers: [0, -3] },
    "out-of-range",
    "/layers/1",
    /"sparse" does not read resid_post at layer 1: it has layers 0, 2 to 3 there/,
  ],
  [
    "a site at which the lens has nothing there",
    { lenses: ["sparse"], layers: [3], sites: ["attn_out"] },
    "out-of-range",
    "/layers/0",
    /does not read attn_out at layer 3: it has layers 0, 2 there/,
  ],
  ["norm final with a trained lens", { lenses: ["mine"], norm: "final" }, "conflicting-members", "/norm", /"mine"/],
  ["norm final against a trained lens", { against: "mine", norm: "final" }, "conflicting-members", "/norm", /"mine"/],
  [
    "a comparison without a lens to compare with",
    { statistics: ["entropy", "jsd_against"] },
    "conflicting-members",
    "/statistics/1",
    /name it in `against`/,
  ],
];

for (const [title, body, problem, pointer, detail] of REFUSALS) {
  Deno.test(`POST /probe refuses ${title}`, async () => {
    const { status, answer } = await probed(body);
    assert.equal(status, 422);
    assert.equal(answer.type, `urn:midstream:problem:${problem}`, answer.detail);
    assert.deepEqual(answer.errors.map((it: { pointer: string }) => it.pointer), [pointer]);
    assert.match(answer.detail, detail);
  });
}

Deno.test("POST /probe keeps the files of its lenses until it is over, refused or not", async () => {
  let held = 0;
  let taken = 0;
  const onHold = (take: boolean) => {
    held += take ? 1 : -1;
    taken += Number(take);
  };
  const during: number[] = [];
  const { post } = await testApp({
    lenses: Promise.resolve(memoryLenses([memoryLens({ id: "mine", kind: "tuned", layers: [0, 1, 2, 3], onHold })])),
    engine: memoryEngine({ beforePosition: () => void during.push(held) }),
  });
  await post("/probe", { prompt: IDS, lenses: ["mine"], against: "mine" });
  assert.deepEqual(during, [1]);
  assert.equal(held, 0);
  await post("/probe", { prompt: IDS, lenses: ["mine"], positions: [99] });
  assert.deepEqual([held, taken], [0, 2]);
});
