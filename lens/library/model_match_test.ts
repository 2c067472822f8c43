import assert from "node:assert/strict";
import type { LensConfig } from "../files/lens_config.ts";
import type { Json } from "../files/lens_file.ts";
import { readLens } from "../files/read_lens.ts";
import { memorySource } from "../files/source.ts";
import { SMALL_MODEL, smallLens } from "./fixtures/small_library.ts";
import { matchModel } from "./model_match.ts";
import type { StoredLens } from "./stored_lens.ts";

const OURS = SMALL_MODEL.unembedHash!;
const THEIRS = "cd".repeat(32);
const { contents } = await readLens(memorySource(smallLens(1)));

interface Said {
  readonly unembedHash?: string;
  readonly config?: Partial<LensConfig>;
  readonly provenance?: { readonly [key: string]: Json };
}

function lens({ unembedHash, config, provenance = {} }: Said): StoredLens {
  const none = { baseModel: null, baseModelRevision: null, dModel: null, layers: null, bias: null, unembedHash: null };
  return {
    id: "mine",
    sha256: "00".repeat(32),
    bytes: 1,
    createdAt: "",
    note: null,
    owner: null,
    shared: true,
    reading: "tuned_lens",
    unembedHash: unembedHash ?? null,
    config: config === undefined ? null : { ...none, ...config },
    contents: { ...contents, provenance },
  };
}

const named = { baseModel: "org/small" };

Deno.test("matchModel() says how well a lens is known to belong", () => {
  const cases: [Said, "exact" | "unembedding" | "shape", true | false | "unknown", RegExp][] = [
    [{}, "shape", "unknown", /nothing says/],
    [{ unembedHash: OURS }, "unembedding", true, /unembed_hash is this model's/],
    [{ unembedHash: THEIRS }, "shape", false, /another's/],
    [{ config: named }, "exact", "unknown", /names this model/],
    [{ config: { ...named, unembedHash: OURS } }, "exact", true, /names this model/],
    [{ config: { ...named, unembedHash: THEIRS } }, "shape", false, /another's/],
    [{ config: { baseModel: "org/chat", unembedHash: OURS } }, "unembedding", true, /though it names org\/chat/],
    [{ config: { baseModel: "org/chat" } }, "shape", "unknown", /org\/chat, not org\/small/],
    [{ provenance: { provenance: { model_id: "ORG/Small" } } }, "exact", "unknown", /names/],
    [{ provenance: { jlenskit_meta: `{"model_id": "org/small"}` } }, "exact", "unknown", /names/],
    [{ provenance: { jlenskit_meta: "no JSON" } }, "shape", "unknown", /nothing/],
    [{ config: { baseModel: "small" } }, "exact", "unknown", /names/],
    [{ config: { baseModel: "other/small" } }, "shape", "unknown", /other\/small/],
  ];
  for (const [said, match, unembedHashMatch, reason] of cases) {
    const found = matchModel(lens(said), SMALL_MODEL);
    assert.deepEqual(
      [found.match.match, found.match.unembedHashMatch],
      [match, unembedHashMatch],
      JSON.stringify(said),
    );
    assert.match(found.match.reason, reason);
    assert.deepEqual(found.warnings, match === "shape" ? [found.match.reason] : []);
  }
});

Deno.test("matchModel() knows nothing of a hash where the model has none", () => {
  const model = { ...SMALL_MODEL, unembedHash: null };
  assert.equal(matchModel(lens({ unembedHash: OURS }), model).match.match, "shape");
  assert.equal(matchModel(lens({ config: { ...named, unembedHash: OURS } }), model).match.match, "exact");
});

Deno.test("matchModel() is none, with the reason, where the lens cannot be applied", () => {
  const wide = matchModel(lens({ config: named, unembedHash: OURS }), { ...SMALL_MODEL, dModel: 16 });
  assert.equal(wide.match.match, "none");
  assert.match(wide.match.reason, /\[8, 8\]; this model needs \[16, 16\]/);
  const short = matchModel(lens({ config: named }), { ...SMALL_MODEL, layers: 2 });
  assert.equal(short.match.match, "none");
  assert.match(short.match.reason, /layers 0 to 1/);
  assert.match(matchModel(lens({}), null).match.reason, /no model is loaded/);
});
