import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npzOf, numbers } from "../files/fixtures/small_files.ts";
import type { LensContents } from "../files/lens_file.ts";
import { LensFile } from "../files/lens_file.ts";
import { readLens, readLensFile } from "../files/read_lens.ts";
import { memorySource } from "../files/source.ts";
import { digestNamedIn, isNewerRecord, parseRecord, writeRecord } from "./record_file.ts";
import type { StoredLens } from "./stored_lens.ts";

const golden = fileURLToPath(new URL("../../tests/golden/lenses/", import.meta.url));

function stored(contents: LensContents, bytes: number): StoredLens {
  return {
    id: "mine",
    sha256: "0123456789abcdef".repeat(4),
    bytes,
    createdAt: new Date(0).toISOString(),
    note: 'a "note"\nof two lines',
    owner: null,
    shared: false,
    reading: "tuned_lens",
    unembedHash: null,
    config: { baseModel: "a/b", baseModelRevision: null, dModel: 48, layers: 4, bias: true, unembedHash: "ab" },
    contents,
  };
}

async function goldenFiles(): Promise<string[]> {
  const names = await readdir(golden, { recursive: true });
  return names.filter((name) => /\.(pt|safetensors)$/.test(name)).sort();
}

Deno.test("a record of every golden lens reads back to the same contents and the same numbers", async () => {
  const names = await goldenFiles();
  assert.equal(names.length, 10);
  for (const name of names) {
    await using file = await readLensFile(join(golden, name));
    const lens = stored(file.contents, file.source.size);
    const back = parseRecord(writeRecord(lens), "mine");
    assert.deepEqual(
      back,
      JSON.parse(JSON.stringify(lens), (key, value) => key === "contents" ? back.contents : value),
    );
    const { regions: _, tensors, ...facts } = back.contents;
    const { regions: __, tensors: expected, ...expectedFacts } = file.contents;
    assert.deepEqual({ ...facts }, { ...expectedFacts, provenance: facts.provenance }, name);
    assert.equal(JSON.stringify(facts.provenance), JSON.stringify(expectedFacts.provenance));
    assert.deepEqual([...tensors.keys()], [...expected.keys()]);
    const again = new LensFile(back.contents, file.source);
    for (const layer of file.contents.layers) {
      assert.deepEqual(await again.materialise(layer), await file.materialise(layer), `${name}, layer ${layer}`);
    }
  }
});

Deno.test("a record keeps what a dialect did to a lens", async () => {
  const arrays = [0, 1].flatMap((layer) => [
    { name: `translators_${layer}_weight`, shape: [4, 4], values: numbers(16, layer) },
    { name: `translators_${layer}_bias`, shape: [4], values: numbers(4, layer) },
  ]);
  const bytes = npzOf(arrays, true);
  const { contents, source } = await readLens(memorySource(bytes));
  const back = parseRecord(writeRecord(stored(contents, bytes.length)), "mine").contents;
  assert.deepEqual([back.form, back.dialect, back.container, back.layers], ["full_map", "mlxterp", "npz", [1, 2]]);
  assert.deepEqual(back.warnings, contents.warnings);
  assert.deepEqual(
    await new LensFile(back, source).materialise(2),
    await new LensFile(contents, source).materialise(2),
  );
});

Deno.test("a spoiled record is refused", async () => {
  await using file = await readLensFile(join(golden, "jacobian/sparse-layers.pt"));
  const text = writeRecord(stored(file.contents, file.source.size));
  const spoil: [string | RegExp, string][] = [
    [/"shape":\[48,48\]/, '"shape":[48,49]'],
    [/"region":\d+/, '"region":99'],
    [/"start":\d+/, '"start":5000'],
    [/"length":\d+/, '"length":99999999'],
    ['"kind":"jacobian"', '"kind":"other"'],
    ['"note":', '"more":1,"note":'],
    ['"id":"mine"', '"id":"yours"'],
    ['"version":1', '"version":2'],
    [/\}\s*$/, ""],
  ];
  for (const [from, to] of spoil) {
    const spoiled = text.replace(from, to);
    assert.notEqual(spoiled, text, String(from));
    assert.throws(() => parseRecord(spoiled, "mine"), Error, String(from));
    assert.equal(digestNamedIn(spoiled), "0123456789abcdef".repeat(4));
    assert.equal(isNewerRecord(spoiled), to.includes("version"));
  }
});
