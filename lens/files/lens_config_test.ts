import assert from "node:assert/strict";
import { numbers, safetensorsOf } from "./fixtures/small_files.ts";
import { checkLensConfig, parseLensConfig } from "./lens_config.ts";
import { LensFileError } from "./lens_file_error.ts";
import { readLens } from "./read_lens.ts";
import { memorySource } from "./source.ts";

const CONFIG = {
  base_model_name_or_path: "org/model",
  d_model: 4,
  num_hidden_layers: 1,
  bias: true,
  unembed_hash: "ab",
};

function refuses(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.equal(error.rule, "lens.config");
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("parseLensConfig() reads tuned-lens' keys, the old spelling too, and ignores others", () => {
  const { unembed_hash: hash, ...rest } = CONFIG;
  const old = parseLensConfig(JSON.stringify({ ...rest, unemebd_hash: hash, extra: [1] }));
  assert.deepEqual(old, parseLensConfig(JSON.stringify(CONFIG)));
  assert.deepEqual(old, {
    baseModel: "org/model",
    baseModelRevision: null,
    dModel: 4,
    layers: 1,
    bias: true,
    unembedHash: "ab",
  });
});

Deno.test("parseLensConfig() names the key that is wrong", () => {
  const parse = (change: object) => () => parseLensConfig(JSON.stringify({ ...CONFIG, ...change }));
  refuses(parse({ d_model: "4" }), /d_model/);
  refuses(parse({ num_hidden_layers: 0 }), /num_hidden_layers/);
  refuses(parse({ bias: 1 }), /bias/);
  refuses(parse({ lens_type: "mlp" }), /lens_type/);
  refuses(parse({ unemebd_hash: "cd" }), /unemebd_hash/);
  refuses(() => parseLensConfig('{"d_model": 4, "d_model": 5}'), /duplicate key/);
  refuses(() => parseLensConfig("[]"), /object/);
  refuses(() => parseLensConfig("{"), /JSON/);
});

Deno.test("checkLensConfig() names the key that does not fit the weights", async () => {
  const weight = { name: "0.weight", shape: [4, 4], values: numbers(16, 1) };
  const bias = { name: "0.bias", shape: [4], values: numbers(4, 1) };
  const { contents } = await readLens(memorySource(safetensorsOf([weight, bias])));
  const check = (change: object) => () =>
    checkLensConfig(parseLensConfig(JSON.stringify({ ...CONFIG, ...change })), contents);
  assert.doesNotThrow(check({}));
  assert.doesNotThrow(() => checkLensConfig(parseLensConfig("{}"), contents));
  refuses(check({ d_model: 5 }), /d_model is 5.*4/);
  refuses(check({ num_hidden_layers: 2 }), /num_hidden_layers is 2.*1/);
  refuses(check({ bias: false }), /bias is false.*true/);
});
