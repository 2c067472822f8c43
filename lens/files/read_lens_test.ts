import assert from "node:assert/strict";
import { checkLensConfig, parseLensConfig } from "./lens_config.ts";
import { fitLens, fitWarnings } from "./fit_lens.ts";
import type { OpenLensFile } from "./lens_file.ts";
import { readLensFile } from "./read_lens.ts";
import { scanFinite } from "./scan_finite.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const GOLDEN = `${ROOT}tests/golden/lenses`;
const MODEL = { dModel: 48, layers: 4 };
const PUBLISHED = `${ROOT}../shared/data/jlens/stories15M_lens_100.pt`;

function tunedPath(container: string): string {
  return `${GOLDEN}/tuned/${container}/params.${container === "safetensors" ? "safetensors" : "pt"}`;
}

async function allValues(lens: OpenLensFile): Promise<Float32Array[]> {
  const translators = await Promise.all(lens.contents.layers.map((layer) => lens.materialise(layer)));
  return translators.flatMap(({ weight, bias }) => bias === null ? [weight] : [weight, bias]);
}

const DTYPES = { fp16: "F16", bf16: "BF16" } as const;

for (const container of ["fp32", "fp16", "bf16", "safetensors", "archive-prefix", "transposed", "shared-storage"]) {
  Deno.test(`readLensFile() reads tuned-lens' container ${container}, its config fits`, async () => {
    await using lens = await readLensFile(tunedPath(container));
    await scanFinite(lens);
    const { kind, layers, dModel, dtype, form, dialect } = lens.contents;
    const expectedDType = Object.hasOwn(DTYPES, container) ? DTYPES[container as keyof typeof DTYPES] : "F32";
    assert.deepEqual({ kind, layers, dModel, dtype, form, dialect }, {
      kind: "tuned",
      layers: [0, 1, 2, 3],
      dModel: 48,
      dtype: expectedDType,
      form: "residual",
      dialect: "tuned-lens",
    });
    checkLensConfig(
      parseLensConfig(await Deno.readTextFile(`${GOLDEN}/tuned/${container}/config.json`)),
      lens.contents,
    );
    assert.equal(fitLens(lens.contents, MODEL), null);
    assert.match(fitLens(lens.contents, { dModel: 48, layers: 3 }) ?? "", /layer 3; this model has layers 0 to 2/);
  });
}

for (const container of ["safetensors", "archive-prefix", "transposed", "shared-storage"]) {
  Deno.test(`readLensFile() reads ${container} bit for bit as fp32`, async () => {
    await using lens = await readLensFile(tunedPath(container));
    await using reference = await readLensFile(tunedPath("fp32"));
    const [values, expected] = [await allValues(lens), await allValues(reference)];
    assert.equal(values.length, 8);
    assert.deepEqual(values, expected);
  });
}

for (const [container, bound] of [["fp16", 2 ** -11], ["bf16", 2 ** -8]] as const) {
  Deno.test(`readLensFile() reads ${container} as fp32 rounded`, async () => {
    await using lens = await readLensFile(tunedPath(container));
    await using reference = await readLensFile(tunedPath("fp32"));
    const expected = await allValues(reference);
    for (const [at, values] of (await allValues(lens)).entries()) {
      values.forEach((value, index) => {
        const exact = expected[at]?.[index] ?? NaN;
        assert.ok(Math.abs(value - exact) <= bound * Math.abs(exact) + 1e-7);
      });
    }
  });
}

for (
  const [file, layers, prompts] of [["all-layers", [0, 1, 2], 5], ["sparse-layers", [0, 2], 3], [
    "fitted",
    [0, 1, 2],
    8,
  ]] as const
) {
  Deno.test(`readLensFile() reads the Jacobian lens ${file}`, async () => {
    await using lens = await readLensFile(`${GOLDEN}/jacobian/${file}.pt`);
    await scanFinite(lens);
    const { kind, dtype, dModel, form, lastIsIdentity } = lens.contents;
    assert.deepEqual({ kind, dtype, dModel, form, lastIsIdentity }, {
      kind: "jacobian",
      dtype: "F16",
      dModel: 48,
      form: "jacobian",
      lastIsIdentity: false,
    });
    assert.deepEqual(lens.contents.layers, layers);
    if (file !== "all-layers") assert.equal(lens.contents.provenance.n_prompts, prompts);
    assert.equal(fitLens(lens.contents, MODEL), null);
    assert.deepEqual(fitWarnings(lens.contents, MODEL), []);
    const { weight, bias } = await lens.materialise(0);
    assert.equal(weight.length, 48 * 48);
    assert.equal(bias, null);
    await assert.rejects(lens.materialise(3), RangeError);
  });
}

Deno.test("readLensFile() reads the lenses of the demo", async () => {
  const model = { dModel: 128, layers: 8 };
  await using jacobian = await readLensFile(`${ROOT}demo/lenses/jacobian.pt`);
  await scanFinite(jacobian);
  assert.equal(fitLens(jacobian.contents, model), null);
  for await (const { name } of Deno.readDir(`${ROOT}demo/lenses/tuned`)) {
    if (!name.startsWith("params")) continue;
    await using tuned = await readLensFile(`${ROOT}demo/lenses/tuned/${name}`);
    await scanFinite(tuned);
    assert.equal(fitLens(tuned.contents, model), null);
  }
});

const published = await Deno.stat(PUBLISHED).then(() => true, () => false);
Deno.test({
  name: `readLensFile() reads a published Jacobian lens (needs ../shared/data/jlens)`,
  ignore: !published,
  async fn() {
    await using lens = await readLensFile(PUBLISHED);
    await scanFinite(lens);
    assert.deepEqual(lens.contents.layers, [0, 1, 2, 3, 4]);
    assert.equal(fitLens(lens.contents, { dModel: 288, layers: 6 }), null);
    assert.match(fitLens(lens.contents, MODEL) ?? "", /layer 0 `J\.0` is \[288, 288\]; this model needs \[48, 48\]/);
  },
});
