import assert from "node:assert/strict";
import { SITES } from "../../../lens/sites.ts";
import { TemporaryFolder } from "../../checkpoint/temporary_folder.ts";
import { createExecutor } from "../executor.ts";
import { Float64Model } from "./float64_model.ts";
import { writeRandomModel } from "./random_model.ts";

/** Those of published models, and those that no golden file has; GroupQueryAttention itself takes multiples of 8 alone. */
const HEAD_SIZES = [2, 4, 6, 10, 12, 20, 8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 256];
const LAYERS = 2;
const D_MODEL = 24;
const VOCABULARY = 60;
/** Relative to the largest value of a state (numerics.md). */
const TOLERANCE = 2e-5;
const IDS = [7, 3, 44, 21, 59, 0, 13, 13, 2, 31, 8];

const never = new AbortController().signal;

for (const headDim of HEAD_SIZES) {
  Deno.test(`heads of ${headDim} elements are computed as the definition says, whole and in chunks`, async () => {
    await using folder = await TemporaryFolder.make();
    const config = {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_act: "silu",
      hidden_size: D_MODEL,
      intermediate_size: 40,
      num_hidden_layers: LAYERS,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: headDim,
      vocab_size: VOCABULARY,
      max_position_embeddings: 64,
      rms_norm_eps: 1e-5,
      rope_theta: 100,
      tie_word_embeddings: false,
      torch_dtype: "float32",
    };
    await writeRandomModel(folder.path, config, headDim);
    const expected = await (await Float64Model.open(folder.path)).run(IDS, never);
    for (const chunkTokens of [512, 4]) {
      const executor = await createExecutor({ model: folder.path, precision: "f32", threads: 2, chunkTokens });
      const plan = {
        ids: IDS,
        positions: [...IDS.keys()],
        sites: SITES,
        layers: [...Array(LAYERS).keys()],
        dtype: "float32",
        logits: true,
      } as const;
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for await (const bytes of executor.activations(plan, never)) parts.push(bytes.slice());
      const found = new Float32Array(await new Blob(parts).arrayBuffer());
      let at = 0;
      const next = (width: number) => found.subarray(at, at += IDS.length * width);
      for (const layer of plan.layers) {
        for (const site of SITES) compare(next(D_MODEL), expected.state(site, layer), `${site}.${layer}`);
      }
      compare(next(VOCABULARY), expected.logits, "logits");
      assert.equal(at, found.length);
      await executor.close();
    }
  });
}

function compare(found: Float32Array, expected: Float64Array, where: string): void {
  assert.equal(found.length, expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [index, value] of expected.entries()) {
    const difference = Math.abs(found[index]! - value) / largest;
    assert.ok(difference <= TOLERANCE, `${where} [${index}]: ${found[index]}, expected ${value}`);
  }
}
