import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { CheckpointError, type CheckpointRule } from "./checkpoint_error.ts";
import { openCheckpoint } from "./folder.ts";
import { readTensor } from "./read_tensor.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import type { DType } from "./tensor_source.ts";
import { TemporaryFolder } from "./temporary_folder.ts";
import { writeSafetensorsHeader } from "./write_safetensors_header.ts";

const GOLDEN = new URL("../../tests/golden/architectures/", import.meta.url).pathname;
const MODELS = [...Deno.readDirSync(GOLDEN)].filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
const SHARDED = `${GOLDEN}llama-sharded`;

async function copy(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) await Deno.copyFile(join(from, name), join(to, name));
}

async function refuses(folder: string, rule: CheckpointRule, wanted: RegExp): Promise<void> {
  await assert.rejects(openCheckpoint(folder), (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    assert.equal(error.rule, rule, error.message);
    assert.match(error.message, wanted);
    assert.ok(!error.message.includes(folder), "a path in a message");
    return true;
  });
}

async function editJson(path: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const json = JSON.parse(await Deno.readTextFile(path));
  edit(json);
  await Deno.writeTextFile(path, JSON.stringify(json));
}

/** Writes a model file again with other tensors: zeros, since only the header is of interest. */
async function rewrite(path: string, edit: (shapes: Map<string, { dtype: string; shape: readonly number[] }>) => void) {
  const { entries } = await readSafetensorsHeader(path);
  const tensors = new Map([...entries].map(([name, { dtype, shape }]) => [name, { dtype, shape }]));
  edit(tensors);
  const width = (dtype: string) => ({ I64: 8, F64: 8, F32: 4 })[dtype] ?? 2;
  const plan = [...tensors].map(([name, tensor]) => ({ name, ...tensor }))
    .sort((a, b) => width(b.dtype) - width(a.dtype));
  const size = plan.reduce((sum, t) => sum + t.shape.reduce((a, b) => a * b, 1) * width(t.dtype), 0);
  const header = writeSafetensorsHeader(plan, { format: "pt" });
  await Deno.writeFile(path, Uint8Array.from([...header, ...new Uint8Array(size)]));
}

Deno.test("there are 16 golden architectures", () => assert.equal(MODELS.length, 16));

for (const model of MODELS) {
  Deno.test(`openCheckpoint() opens ${model} in both spellings, to one config`, async () => {
    const checkpoint = await openCheckpoint(GOLDEN + model);
    const other = [...Deno.readDirSync(GOLDEN + model)].map(({ name }) => name)
      .filter((name) => /^config\.(old|new)-style\.json$/.test(name));
    assert.equal(other.length, 1);
    await using folder = await TemporaryFolder.make();
    await copy(GOLDEN + model, folder.path);
    await Deno.rename(join(folder.path, other[0]!), join(folder.path, "config.json"));
    const respelt = await openCheckpoint(folder.path);
    assert.deepEqual(respelt.config, checkpoint.config);
    assert.deepEqual([...respelt.tensors.keys()], [...checkpoint.tensors.keys()]);
    assert.notEqual(respelt.digest, checkpoint.digest, "config.json is part of the digest");

    assert.equal(checkpoint.id, model);
    const dtype: Record<string, DType> = { "llama-bf16": "BF16", "llama-fp16": "F16" };
    assert.equal(checkpoint.dtype, dtype[model] ?? "F32");
    assert.equal(checkpoint.tensors.has("lm_head.weight"), !checkpoint.config.tied);
    for (const source of checkpoint.tensors.values()) {
      const values = await readTensor(source);
      assert.equal(values.length, source.shape.reduce((a, b) => a * b, 1));
      assert.ok(values.every(Number.isFinite), source.name);
    }
  });

  Deno.test(`readTensor() gives ${model} the embedding rows that PyTorch looked up`, async () => {
    const { tensors, config } = await openCheckpoint(GOLDEN + model);
    const embedding = await readTensor(tensors.get("model.embed_tokens.weight")!);
    const path = `${GOLDEN}${model}/expected.safetensors`;
    const { entries } = await readSafetensorsHeader(path);
    const bytes = await Deno.readFile(path);
    const ids = entries.get("seq2.input_ids")!;
    const states = entries.get("seq2.resid_pre")!;
    for (let t = 0; t < ids.shape[0]!; t++) {
      const id = Number(new DataView(bytes.buffer).getBigInt64(ids.offset + 8 * t, true));
      const wanted = new Float32Array(
        bytes.buffer.slice(states.offset + 4 * t * config.dModel).slice(0, 4 * config.dModel),
      );
      assert.deepEqual(embedding.subarray(id * config.dModel, (id + 1) * config.dModel), wanted);
    }
  });
}

Deno.test("openCheckpoint() resolves a hub cache's links to its blobs, and names the model by its repository", async () => {
  await using cache = await TemporaryFolder.make();
  const root = join(cache.path, "models--org--tiny");
  const snapshot = join(root, "snapshots", "0123456789abcdef0123456789abcdef01234567");
  await Deno.mkdir(snapshot, { recursive: true });
  await Deno.mkdir(join(root, "blobs"));
  const blob = "b".repeat(64);
  for (const [name, target] of [["config.json", "c".repeat(40)], ["model.safetensors", blob]] as const) {
    await Deno.copyFile(`${GOLDEN}qwen3/${name}`, join(root, "blobs", target));
    await Deno.symlink(join("../../blobs", target), join(snapshot, name));
  }
  const checkpoint = await openCheckpoint(snapshot);
  assert.equal(checkpoint.id, "org/tiny");
  for (const { file } of checkpoint.tensors.values()) {
    assert.equal(basename(file), blob);
    assert.ok(!(await Deno.lstat(file)).isSymlink);
  }
  await Deno.writeTextFile(join(root, "blobs", blob), "");
  await refuses(snapshot, "magic", /^model.safetensors: this is an empty file/);
  await Deno.remove(join(root, "blobs", blob));
  await refuses(snapshot, "file", /^model.safetensors: not found/);
});

Deno.test("openCheckpoint() refuses an index and shards that disagree", async () => {
  await using folder = await TemporaryFolder.make();
  const index = join(folder.path, "model.safetensors.index.json");
  const shard = (n: number) => `model-0000${n}-of-00004.safetensors`;
  const withIndex = async (edit: (map: Record<string, unknown>) => void, wanted: RegExp) => {
    await copy(SHARDED, folder.path);
    await editJson(index, (json) => edit(json.weight_map as Record<string, unknown>));
    await refuses(folder.path, "model.index", wanted);
  };
  await withIndex((map) => map["lm_head.weight"] = "../x.safetensors", /"\.\.\/x.safetensors".*without a path/);
  for (const name of ["/etc/a.safetensors", "a\\b.safetensors", "..safetensors", "c:a.safetensors", "a.bin", 7]) {
    await withIndex((map) => map["lm_head.weight"] = name, /without a path/);
  }
  await withIndex((map) => map["extra.weight"] = shard(1), /"extra.weight" is said to be in .*lacks it/);
  await withIndex((map) => delete map["model.norm.weight"], /"model.norm.weight" of .* is not in the index/);
  await withIndex(
    (map) => map["model.norm.weight"] = shard(1),
    /"model.norm.weight" is said to be in .*00001.*, and is in/,
  );
  await withIndex((map) => Object.keys(map).forEach((key) => delete map[key]), /names no tensor/);

  await copy(SHARDED, folder.path);
  await rewrite(
    join(folder.path, shard(4)),
    (tensors) => tensors.set("model.norm.weight", { dtype: "F32", shape: [48] }),
  );
  await refuses(folder.path, "model.index", /"model.norm.weight" is in two shards, .*00003.*00004/);
  await Deno.remove(join(folder.path, shard(2)));
  await refuses(folder.path, "file", /model-00002-of-00004.safetensors: not found/);
  await Deno.writeTextFile(index, '{"weight_map": {"a": "a.safetensors", "a": "b.safetensors"}}');
  await refuses(folder.path, "json", /duplicate key "a"/);
  await Deno.writeTextFile(index, "[]");
  await refuses(folder.path, "model.index", /weight_map must be an object/);
});

Deno.test("openCheckpoint() refuses tensors that are missing, unexpected, misshapen or of a dtype it cannot read", async () => {
  await using folder = await TemporaryFolder.make();
  const weights = join(folder.path, "model.safetensors");
  type Tensors = Parameters<Parameters<typeof rewrite>[1]>[0];
  const rewritten = async (model: string, edit: (tensors: Tensors) => void) => {
    await copy(GOLDEN + model, folder.path);
    await rewrite(weights, edit);
  };
  const f32 = (...shape: number[]) => ({ dtype: "F32", shape });
  await rewritten("llama-fp16", (tensors) => tensors.delete("lm_head.weight"));
  await refuses(folder.path, "model.missing", /lm_head.weight \[300, 48\] is missing.*tie_word_embeddings/);
  await rewritten("llama-fp16", (tensors) => tensors.set("model.norm.weight", f32(49)));
  await refuses(folder.path, "model.shape", /model.norm.weight is \[49\]; config.json calls for \[48\]/);
  await rewritten("llama-fp16", (tensors) => tensors.set("model.norm.weight", { dtype: "I64", shape: [48] }));
  await refuses(folder.path, "model.dtype", /model.norm.weight is I64; F32, F16, BF16 are supported/);
  await rewritten("llama-fp16", (tensors) => tensors.set("model.layers.3.mlp.up_proj.weight", f32(2)));
  await refuses(folder.path, "model.unexpected", /"model.layers.3.mlp.up_proj.weight" is not one/);
  await rewritten("llama-fp16", (tensors) => tensors.set("model.layers.0.self_attn.q_proj.bias", f32(48)));
  await refuses(folder.path, "model.unexpected", /q_proj.bias/);

  await rewritten("llama-fp16", (tensors) => tensors.set("model.layers.0.self_attn.rotary_emb.inv_freq", f32(8)));
  const untied = await openCheckpoint(folder.path);
  assert.equal(untied.dtype, "F16", "eight float32 numbers do not outweigh the matrices");
  assert.ok(!untied.tensors.has("model.layers.0.self_attn.rotary_emb.inv_freq"));
  await rewritten("qwen3", (tensors) => tensors.set("lm_head.weight", f32(300, 48)));
  assert.ok(!(await openCheckpoint(folder.path)).tensors.has("lm_head.weight"), "a tied head is not read");
});

Deno.test("openCheckpoint() says what a folder lacks to be a model", async () => {
  await using folder = await TemporaryFolder.make();
  const config = join(folder.path, "config.json");
  await refuses(folder.path, "file", /config.json: not found/);
  await Deno.writeTextFile(config, " ".repeat(2 ** 20 + 1));
  await refuses(folder.path, "file", /at most 1048576 are read/);
  await Deno.writeTextFile(config, '{"hidden_size": 1, "hidden_size": 2}');
  await refuses(folder.path, "json", /config.json: .*duplicate key "hidden_size"/);
  await Deno.copyFile(`${GOLDEN}qwen3/config.json`, config);
  await refuses(folder.path, "file", /model.safetensors: not found in the model folder/);
  await Deno.writeTextFile(join(folder.path, "pytorch_model.bin"), "x");
  await refuses(folder.path, "file", /pytorch_model.bin: torch weights are not read/);
  await assert.rejects(openCheckpoint(config), /config.json: not a folder/);
  await assert.rejects(openCheckpoint(join(folder.path, "absent")), { message: "absent: not found" });
});
