import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { openCheckpoint } from "../folder.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { fetchCheckpoint } from "./checkpoint_files.ts";
import { HubError } from "./hub_error.ts";
import { sampleBytes } from "./sample_bytes.ts";
import { parseHubSource } from "./source.ts";
import { COMMIT_A, TestHub } from "./test_hub.ts";

const GOLDEN = new URL("../../../tests/golden/architectures/", import.meta.url).pathname;
const OTHER = sampleBytes(5000, 3);

async function golden(name: string, more: Record<string, Uint8Array> = {}) {
  const files: Record<string, Uint8Array> = { ...more };
  for await (const entry of Deno.readDir(join(GOLDEN, name))) {
    files[entry.name] = await Deno.readFile(join(GOLDEN, name, entry.name));
  }
  return { id: `golden/${name}`, commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } };
}

function repository(id: string, names: string[]) {
  const files = Object.fromEntries(names.map((name) => [name, OTHER]));
  return { id, commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } };
}

function source(text: string) {
  return parseHubSource(text)!;
}

async function refuses(fetched: Promise<unknown>, kind: HubError["kind"], wanted: RegExp): Promise<void> {
  await assert.rejects(fetched, (error) => {
    assert(error instanceof HubError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, wanted);
    return true;
  });
}

Deno.test("fetchCheckpoint() fetches what openCheckpoint() needs and nothing else", async () => {
  await using cache = await TemporaryFolder.make();
  const extra = {
    "README.md": OTHER,
    "pytorch_model.bin": OTHER,
    "onnx/model.onnx": OTHER,
    "other.safetensors": OTHER,
  };
  await using hub = new TestHub([await golden("llama-gqa-tied", extra)]);
  const settings = hub.settings(cache.path);
  const { folder, gguf, commit } = await fetchCheckpoint(source("golden/llama-gqa-tied"), { settings });
  assert.equal(gguf, null);
  assert.equal(commit, COMMIT_A);
  const fetched = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert.deepEqual(fetched, ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
  const checkpoint = await openCheckpoint(folder);
  assert.equal(checkpoint.id, "golden/llama-gqa-tied");
  assert.equal(checkpoint.digest, (await openCheckpoint(join(GOLDEN, "llama-gqa-tied"))).digest);
});

Deno.test("fetchCheckpoint() fetches the shards that the index names, with one total for all of them", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = new TestHub([await golden("llama-sharded", { "model-unused.safetensors": OTHER })]);
  const totals = new Set<number>();
  const onProgress = ({ bytesTotal }: { bytesTotal: number }) => totals.add(bytesTotal);
  const settings = hub.settings(cache.path);
  const { folder } = await fetchCheckpoint(source("golden/llama-sharded"), { settings, onProgress });
  const checkpoint = await openCheckpoint(folder);
  assert.equal(checkpoint.digest, (await openCheckpoint(join(GOLDEN, "llama-sharded"))).digest);
  assert(![...Deno.readDirSync(folder)].some(({ name }) => name === "model-unused.safetensors"));
  assert.equal(totals.size, 2, "the index by itself, then all else");
  const served = hub.bytesServed;
  await fetchCheckpoint(source("golden/llama-sharded"), { settings: { ...settings, offline: true } });
  assert.equal(hub.bytesServed, served);

  await Deno.remove(join(folder, "model-00003-of-00004.safetensors"));
  await refuses(
    fetchCheckpoint(source("golden/llama-sharded"), { settings: { ...settings, offline: true } }),
    "offline",
    /model-00003-of-00004\.safetensors of golden\/llama-sharded is not in the cache/,
  );
});

Deno.test("fetchCheckpoint() names the shard that a repository lacks", async () => {
  await using cache = await TemporaryFolder.make();
  const whole = await golden("llama-sharded");
  const { "model-00002-of-00004.safetensors": _missing, ...files } = whole.commits[COMMIT_A]!;
  await using hub = new TestHub([{ ...whole, commits: { [COMMIT_A]: files } }]);
  const fetched = fetchCheckpoint(source("golden/llama-sharded"), { settings: hub.settings(cache.path) });
  await refuses(fetched, "notFound", /no file model-00002-of-00004\.safetensors/);
});

Deno.test("fetchCheckpoint() fetches one .gguf file by name", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = new TestHub([repository("owner/GGUF", ["a.Q4_0.gguf", "sub/b.Q8_0.gguf", "README.md"])]);
  const settings = hub.settings(cache.path);
  const { folder, gguf } = await fetchCheckpoint(source("owner/GGUF:sub/b.Q8_0.gguf"), { settings });
  assert.equal(gguf, join(folder, "sub", "b.Q8_0.gguf"));
  assert.deepEqual(await Deno.readFile(gguf), OTHER);
  assert.equal(hub.bytesServed, OTHER.length);
  await refuses(
    fetchCheckpoint(source("owner/GGUF:c.gguf"), { settings }),
    "notFound",
    /no file c\.gguf: it has a\.Q4_0\.gguf, sub\/b\.Q8_0\.gguf\./,
  );
});

Deno.test("fetchCheckpoint() says what a repository has instead of a model", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = new TestHub([
    repository("owner/GGUF", ["a.Q4_0.gguf", "README.md"]),
    repository("owner/torch", ["config.json", "pytorch_model.bin"]),
    repository("owner/nothing", ["README.md"]),
  ]);
  const settings = hub.settings(cache.path);
  const cases: [string, RegExp][] = [
    ["owner/GGUF", /no config\.json; name one of its GGUF files, as in owner\/GGUF:a\.Q4_0\.gguf\./],
    ["owner/torch", /neither model\.safetensors nor model\.safetensors\.index\.json; its torch weights are not read/],
    ["owner/nothing", /owner\/nothing has no config\.json\.$/],
    ["owner/torch:subfolder", /must name a \.gguf file/],
  ];
  for (const [text, wanted] of cases) await refuses(fetchCheckpoint(source(text), { settings }), "notFound", wanted);
  assert.equal(hub.bytesServed, 0);
});

Deno.test("fetchCheckpoint() leaves blobs that openCheckpoint() need not hash again", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = new TestHub([await golden("llama-head8")]);
  const { folder } = await fetchCheckpoint(source("golden/llama-head8"), { settings: hub.settings(cache.path) });
  const weights = await Deno.realPath(join(folder, "model.safetensors"));
  assert.match(basename(weights), /^[0-9a-f]{64}$/);
});
