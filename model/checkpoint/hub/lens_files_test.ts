import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../temporary_folder.ts";
import { HubError } from "./hub_error.ts";
import { fetchLens } from "./lens_files.ts";
import { findPublishedLenses } from "./published_lenses.ts";
import { sampleBytes } from "./sample_bytes.ts";
import { hubSourceText, parseHubSource } from "./source.ts";
import { COMMIT_A, COMMIT_B, TestHub } from "./test_hub.ts";

const TUNED = sampleBytes(9000, 4);
const JACOBIAN = sampleBytes(8000, 5);
const CONFIG = new TextEncoder().encode('{"bias": true}');

function hub(): TestHub {
  return new TestHub([
    {
      id: "spaces/AlignmentResearch/tuned-lens",
      commits: {
        [COMMIT_A]: {
          "app.py": CONFIG,
          "lens/meta-llama/Llama-2-7b-hf/config.json": CONFIG,
          "lens/meta-llama/Llama-2-7b-hf/params.pt": TUNED,
          "lens/meta-llama/Llama-2-7b-hf-other/params.pt": CONFIG,
          "lens/org/many/first/config.json": CONFIG,
          "lens/org/many/first/params.pt": TUNED,
          "lens/org/many/second/params.pt": CONFIG,
        },
      },
      refs: { main: COMMIT_A },
    },
    {
      id: "neuronpedia/jacobian-lens",
      commits: {
        [COMMIT_B]: {
          "README.md": CONFIG,
          "llama-2-7b-hf/jlens/wikitext/llama_jacobian_lens.pt": JACOBIAN,
          "llama-2-7b-hf/jlens/wikitext/config.json": CONFIG,
          "llama-2-7b-hf/jlens/wikitext/other.pt": CONFIG,
          "llama-2-13b-hf/jlens/wikitext/llama_jacobian_lens.pt": CONFIG,
        },
      },
      refs: { main: COMMIT_B },
    },
  ]);
}

Deno.test("findPublishedLenses() finds the tuned and Jacobian lenses of a model, and of no other", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path) };
  const { lenses, failures } = await findPublishedLenses("meta-llama/Llama-2-7b-hf", options);
  assert.deepEqual(failures, []);
  assert.deepEqual(lenses.map(({ kind, source, bytes }) => [kind, hubSourceText(source), bytes]), [
    ["tuned", "spaces/AlignmentResearch/tuned-lens:lens/meta-llama/Llama-2-7b-hf/params.pt", TUNED.length],
    ["jacobian", "neuronpedia/jacobian-lens:llama-2-7b-hf/jlens/wikitext/llama_jacobian_lens.pt", JACOBIAN.length],
  ]);
  const many = await findPublishedLenses("org/many", options);
  assert.deepEqual(many.lenses.map(({ source }) => source.path), [
    "lens/org/many/first/params.pt",
    "lens/org/many/second/params.pt",
  ]);
  assert.deepEqual(await findPublishedLenses("org/none", options), { lenses: [], failures: [] });
  assert.equal(server.bytesServed, 0);
});

Deno.test("findPublishedLenses() says which of the two places could not be asked", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = new TestHub([]);
  const { lenses, failures } = await findPublishedLenses("org/any", { settings: server.settings(cache.path) });
  assert.deepEqual(lenses, []);
  assert.deepEqual(failures.map(({ kind }) => kind), ["notFound", "notFound"]);
});

Deno.test("fetchLens() fetches a tuned lens with its config.json, named by folder or file, as a Space or not", async () => {
  await using server = hub();
  const texts = [
    "spaces/AlignmentResearch/tuned-lens:lens/meta-llama/Llama-2-7b-hf",
    "spaces/AlignmentResearch/tuned-lens:lens/meta-llama/Llama-2-7b-hf/params.pt",
    "AlignmentResearch/tuned-lens:lens/meta-llama/Llama-2-7b-hf",
  ];
  for (const text of texts) {
    await using cache = await TemporaryFolder.make();
    const { file, configFile, source, cacheOnly } = await fetchLens(parseHubSource(text)!, {
      settings: server.settings(cache.path),
    });
    const folder = join(cache.path, "spaces--AlignmentResearch--tuned-lens", "snapshots", COMMIT_A);
    assert.equal(file, join(folder, "lens/meta-llama/Llama-2-7b-hf/params.pt"));
    assert.equal(configFile, join(folder, "lens/meta-llama/Llama-2-7b-hf/config.json"));
    assert.deepEqual(await Deno.readFile(file), TUNED);
    assert.deepEqual(await Deno.readFile(configFile!), CONFIG);
    assert.equal(source.revision, COMMIT_A);
    assert.equal(source.type, "space");
    assert.equal(cacheOnly, null);
  }
});

Deno.test("fetchLens() fetches a Jacobian lens, without a config.json that is not its own", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path) };
  const { lenses } = await findPublishedLenses("meta-llama/Llama-2-7b-hf", options);
  const { file, configFile } = await fetchLens(lenses[1]!.source, options);
  assert.deepEqual(await Deno.readFile(file), JACOBIAN);
  assert.equal(configFile, null);
  const offline = await fetchLens(lenses[1]!.source, { settings: { ...options.settings, offline: true } });
  assert.equal(offline.file, file);
  assert.equal(offline.cacheOnly?.kind, "offline");
});

Deno.test("fetchLens() names the lenses where there are several, and says where there is none", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const cases: [string, RegExp][] = [
    [
      "AlignmentResearch/tuned-lens:lens/org/many",
      /several lenses, name one: lens\/org\/many\/first\/params\.pt, lens/,
    ],
    ["AlignmentResearch/tuned-lens:lens/org/none", /has no file that is a lens in lens\/org\/none/],
    ["AlignmentResearch/tuned-lens:lens/none/params.pt", /has no file lens\/none\/params\.pt/],
    ["AlignmentResearch/tuned-lens", /several lenses/],
  ];
  for (const [text, wanted] of cases) {
    await assert.rejects(fetchLens(parseHubSource(text)!, { settings: server.settings(cache.path) }), (error) => {
      assert(error instanceof HubError, String(error));
      assert.equal(error.kind, "notFound");
      assert.match(error.message, wanted);
      return true;
    });
  }
});
