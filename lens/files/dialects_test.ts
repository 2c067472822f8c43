import assert from "node:assert/strict";
import { fitLens, fitWarnings } from "./fit_lens.ts";
import { bytesOf, type NamedArray, npzOf, numbers, safetensorsOf } from "./fixtures/small_files.ts";
import { type Saved, torchSave, whole } from "./write/torch_save.ts";
import { LensFileError, type LensFileRule } from "./lens_file_error.ts";
import { readLens, type ReadLensOptions } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";
import { memorySource } from "./source.ts";

const D = 4;
const MODEL = { dModel: D, layers: 3 };

function array(name: string, shape: readonly number[], seed: number): NamedArray {
  return { name, shape, values: numbers(shape.reduce((product, size) => product * size, 1), seed) };
}

async function read(bytes: Uint8Array, options: ReadLensOptions = {}) {
  const lens = await readLens(memorySource(bytes), options);
  await scanFinite(lens);
  return lens;
}

async function refused(
  bytes: Uint8Array,
  rule: LensFileRule,
  message: RegExp,
  options: ReadLensOptions = {},
): Promise<void> {
  await assert.rejects(read(bytes, options), (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.match(error.message, message);
    assert.equal(error.rule, rule);
    return true;
  });
}

/** A Jacobian torch file of float32 matrices, with other keys beside them. */
function jacobian(
  layers: readonly number[],
  more: [string, Saved][] = [],
  matrix?: Float32Array<ArrayBuffer>,
): Uint8Array {
  const matrices = new Map<number, Saved>(layers.map((layer, at) => [layer, whole(String(at), [D, D])]));
  const standard: [string, Saved][] = [["n_prompts", 9], ["source_layers", [...layers]], ["d_model", D]];
  const value = new Map<string, Saved>([["J", matrices], ...standard, ...more]);
  return torchSave(value, Object.fromEntries(layers.map((_, at) => [at, bytesOf(matrix ?? numbers(D * D, at))])));
}

Deno.test("readLens() reads jlenskit's tuned lens on the stream entering block l", async () => {
  const arrays = [1, 2].flatMap((layer) => [array(`A_${layer}`, [D, D], layer), array(`b_${layer}`, [D], layer)]);
  const lens = await read(safetensorsOf(arrays, { jlenskit_meta: "{}" }));
  assert.deepEqual(lens.contents.layers, [1, 2]);
  assert.equal(lens.contents.dialect, "jlenskit");
  assert.match(lens.contents.warnings.join(), /jlenskit/);
  assert.deepEqual((await lens.materialise(2)).weight, numbers(D * D, 2));
  assert.equal(fitLens(lens.contents, MODEL), null);
});

Deno.test("readLens() reads jlenskit's J_l as the Jacobian of block l - 1, and leaves J_0 out with a warning", async () => {
  for (const prefix of ["J", "layer"]) {
    const arrays = [0, 1, 3].map((layer) => array(`${prefix}_${layer}`, [D, D], layer));
    const lens = await read(safetensorsOf(arrays, { jlenskit_meta: "{}" }));
    assert.deepEqual(lens.contents.layers, [0, 2]);
    assert.deepEqual((await lens.materialise(2)).weight, numbers(D * D, 3));
    assert.match(lens.contents.warnings.join(), new RegExp(`${prefix}_0 reads the embeddings`));
  }
});

Deno.test("readLens() refuses jlenskit's keys without its metadata, and its two kinds in one file", async () => {
  await refused(safetensorsOf([array("J_1", [D, D], 1)]), "lens.keys", /jlenskit_meta/);
  const both = [array("A_1", [D, D], 1), array("b_1", [D], 1), array("J_1", [D, D], 1)];
  await refused(safetensorsOf(both, { jlenskit_meta: "{}" }), "lens.keys", /`J_1` is not part of the lens/);
});

Deno.test("readLens() reads mlxterp's full map as residual translator i + 1 with weight W - 1", async () => {
  const arrays = [0, 1].flatMap((layer) => [
    array(`translators_${layer}_weight`, [D, D], layer),
    array(`translators_${layer}_bias`, [D], 10 + layer),
  ]);
  for (const fortran of [false, true]) {
    const lens = await read(npzOf(arrays, fortran));
    const { kind, layers, dialect, container, warnings } = lens.contents;
    assert.deepEqual({ kind, layers, dialect, container }, {
      kind: "tuned",
      layers: [1, 2],
      dialect: "mlxterp",
      container: "npz",
    });
    assert.match(warnings.join(), /mlxterp/);
    const { weight, bias } = await lens.materialise(1);
    const stored = numbers(D * D, 0);
    const expected = stored.map((_, at) => {
      const [row, column] = [Math.floor(at / D), at % D];
      return (stored[fortran ? column * D + row : at] ?? NaN) - (row === column ? 1 : 0);
    });
    assert.deepEqual(weight, expected);
    assert.deepEqual(bias, numbers(D, 10));
    assert.equal(fitLens(lens.contents, MODEL), null);
  }
});

Deno.test("fitLens() takes mlxterp's translator of the last block's output, and no further one", async () => {
  const arrays = [0, 1, 2].flatMap((layer) => [
    array(`translators_${layer}_weight`, [D, D], layer),
    array(`translators_${layer}_bias`, [D], layer),
  ]);
  const { contents } = await read(npzOf(arrays));
  assert.equal(fitLens(contents, MODEL), null);
  assert.match(fitLens(contents, { dModel: D, layers: 2 }) ?? "", /translator for layer 3/);
});

Deno.test("fitLens() refuses a head-level Jacobian lens unless its capture point is a block's output", async () => {
  const bytes = jacobian([0, 1, 2]);
  assert.match(fitLens((await read(bytes)).contents, MODEL) ?? "", /layer 2 .*head-level.*capture_point/);
  assert.equal(fitLens((await read(bytes, { capturePoint: "block_output" })).contents, MODEL), null);
  const saying = jacobian([0, 1, 2], [["provenance", new Map([["capture_point", "block_output"]])]]);
  assert.equal(fitLens((await read(saying)).contents, MODEL), null);
  const identity = Float32Array.from({ length: D * D }, (_, at) => at % (D + 1) === 0 ? 1 : 0);
  const last = await read(jacobian([0, 1, 2], [], identity));
  assert.equal(last.contents.lastIsIdentity, true);
  assert.equal(fitLens(last.contents, MODEL), null);
});

Deno.test("readLens() refuses a capture point that is no block output, from the file or the request", async () => {
  const provenance: [string, Saved][] = [["provenance", new Map([["capture_point", "mlp_out"]])]];
  await refused(jacobian([0, 1], provenance), "jlens.provenance", /capture_point.*mlp_out.*block_output/);
  await refused(jacobian([0, 1]), "jlens.provenance", /attn_out/, { capturePoint: "attn_out" });
});

Deno.test("readLens() keeps a Jacobian lens' provenance, fitWarnings() names an odd target layer", async () => {
  const provenance = new Map<string, Saved>([["model_id", "org/model"], ["target_layer", 1], ["t_max", {
    float: 0.5,
  }]]);
  const { contents } = await read(jacobian([0, 1], [["provenance", provenance]]));
  assert.deepEqual(contents.provenance.provenance, { model_id: "org/model", target_layer: 1, t_max: 0.5 });
  assert.deepEqual(fitWarnings(contents, { dModel: D, layers: 2 }), []);
  assert.match(fitWarnings(contents, MODEL).join(), /target_layer is 1/);
});

Deno.test("readLens() refuses a Jacobian dict that contradicts itself", async () => {
  const change = (key: string, value: Saved) => jacobianWith(key, value);
  await refused(change("source_layers", [0, 2]), "jlens.layers", /source_layers.*\[0, 2\].*\[0, 1\]/);
  await refused(change("n_prompts", 0), "jlens.provenance", /n_prompts.*2\^53/);
  await refused(change("n_prompts", { float: 3.5 }), "jlens.provenance", /n_prompts/);
  await refused(change("d_model", D + 1), "lens.shape", /d_model.*5/);
  assert.equal((await read(change("n_prompts", 2 ** 53))).contents.provenance.n_prompts, 2 ** 53);
});

function jacobianWith(key: string, value: Saved): Uint8Array {
  const standard = new Map<string, Saved>([["n_prompts", 9], ["source_layers", [0, 1]], ["d_model", D], [key, value]]);
  const matrices = new Map<number, Saved>([0, 1].map((layer) => [layer, whole(String(layer), [D, D])]));
  return torchSave(new Map<string, Saved>([["J", matrices], ...standard]), {
    0: bytesOf(numbers(D * D, 0)),
    1: bytesOf(numbers(D * D, 1)),
  });
}

const NEAR: [string, string[], RegExp][] = [
  ["a training snapshot", ["lens", "optim"], /snapshot/],
  ["a Jacobian fit checkpoint", ["jacobian_sum", "n_done"], /fit checkpoint/],
  ["a lens of tuned-lens 0.0.5", ["input_translator.weight"], /0\.0\.5/],
  ["a jspace-lens file", ["version", "model_id", "n_layers", "n_proj"], /jspace-lens/],
  ["a model's weights", ["model.layers.0.mlp.up_proj.weight"], /model's weights/],
];
for (const [what, keys, message] of NEAR) {
  Deno.test(`readLens() names ${what}, also when something in it is refused`, async () => {
    await refused(torchSave(new Map(keys.map((key) => [key, 1])), {}), "lens.kind", message);
    const hostile = new Map<string, Saved>([...keys.map((key): [string, Saved] => [key, 1]), [
      "x",
      { raw: new TextEncoder().encode("cposix\nsystem\n") },
    ]]);
    await refused(torchSave(hostile, {}), "lens.kind", new RegExp(`${message.source}.*posix\\.system`));
  });
}

Deno.test("readLens() names the layer whose shape is not the others', and what the model needs", async () => {
  const arrays = [
    array("0.weight", [D, D], 0),
    array("0.bias", [D], 0),
    array("1.weight", [D, D - 1], 1),
    array("1.bias", [D], 1),
  ];
  await refused(
    safetensorsOf(arrays),
    "lens.shape",
    /layer 1 `1\.weight` is \[4, 3\]; beside the others it must be \[4, 4\]/,
  );
  const needs = /layer 1 `1\.weight` is \[4, 3\]; this model needs \[4, 4\]/;
  await refused(safetensorsOf(arrays), "lens.shape", needs, { model: MODEL });
  await refused(safetensorsOf([array("0.weight", [D, 3], 0)]), "lens.shape", /square/);
});

Deno.test("readLens() refuses a gap, a stray tensor and an empty lens", async () => {
  const layer = (index: number) => [array(`${index}.weight`, [D, D], index), array(`${index}.bias`, [D], index)];
  await refused(safetensorsOf([...layer(0), ...layer(2)]), "lens.keys", /`1\.weight` is missing/);
  await refused(safetensorsOf([...layer(0), array("scale", [D], 3)]), "lens.keys", /`scale` is not part/);
  await refused(safetensorsOf([...layer(0), ...layer(1).slice(0, 1)]), "lens.keys", /`1\.bias` is missing/);
  await refused(torchSave(new Map(), {}), "lens.keys", /no translator/);
  assert.match((await read(safetensorsOf([array("0.weight", [D, D], 0)]))).contents.warnings.join(), /no biases/);
});
