import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { LensFileError } from "../files/lens_file_error.ts";
import { readTranslator } from "../translator.ts";
import {
  filesIn,
  filesOf,
  keptLog,
  put,
  sha256Of,
  SMALL_MODEL,
  smallLens,
  smallLibrary,
} from "./fixtures/small_library.ts";
import { openLensLibrary } from "./folder_library.ts";
import { type LensLibrary, LensLibraryError, type LensLibraryErrorKind, type LensUploadOptions } from "./types.ts";

const A = smallLens(1);
const B = smallLens(2);

/** A test with a library on a folder of its own. */
function test(title: string, body: (library: LensLibrary, folder: string) => Promise<void>): void {
  Deno.test(`LensLibrary ${title}`, async () => {
    await using folder = await TemporaryFolder.make();
    await using library = await smallLibrary(folder.path);
    await body(library, folder.path);
  });
}

async function refused(doing: Promise<unknown>, kind: LensLibraryErrorKind, message = /./): Promise<void> {
  await assert.rejects(doing, (error) => {
    assert.ok(error instanceof LensLibraryError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\/tmp|\/home/);
    return true;
  });
}

test("keeps what was uploaded, as it came, and says what it is", async (library, folder) => {
  const { entry, created, unchanged } = await put(library, "mine", A, { note: "first", owner: "key-1" });
  assert.deepEqual([created, unchanged], [true, false]);
  const got = await library.get("mine");
  assert.deepEqual(got?.record, entry.record);
  assert.deepEqual((await library.list()).map(({ record }) => record.id), ["mine"]);
  assert.deepEqual(await readFile(got!.file), Buffer.from(A));
  const { createdAt, warnings: _, ...record } = got!.record;
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
  assert.deepEqual(record, {
    id: "mine",
    kind: "tuned",
    dialect: "tuned-lens",
    container: "safetensors",
    layers: [0, 1, 2],
    dModel: 8,
    dtype: "F32",
    bytes: A.length,
    sha256: sha256Of(A),
    note: "first",
    owner: "key-1",
    shared: true,
    reading: "tuned_lens",
    unembedHash: null,
    capturePoint: null,
    targetLayer: null,
    provenance: {},
    config: null,
  });
  assert.deepEqual(await filesIn(folder), filesOf({ mine: A }));
});

test("gives translators that read the uploaded numbers", async (library) => {
  await put(library, "mine", A);
  const entry = (await library.get("mine"))!;
  const { weight, bias } = await readTranslator(entry.translator(1));
  const { weight: expected } = entry.contents.tensors.get(1)!;
  const start = expected.region.offset;
  assert.deepEqual(weight, new Float32Array(A.slice(start, start + 8 * 8 * 4).buffer));
  assert.equal(bias?.length, 8);
  assert.deepEqual(entry.lens?.reading("resid_post", 0), { by: "translator", layer: 1 });
  assert.throws(() => entry.translator(3), RangeError);
});

test("answers the same bytes again as unchanged, whatever is left out", async (library, folder) => {
  const first = await put(library, "mine", A, { note: "n", shared: false, unembedHash: "ab".repeat(32) });
  const again = await put(library, "mine", A);
  assert.deepEqual([again.created, again.unchanged], [false, true]);
  assert.deepEqual(again.entry.record, first.entry.record);
  assert.deepEqual(await filesIn(folder), filesOf({ mine: A }));
});

test("takes remarks that are said anew with the same bytes", async (library) => {
  const first = await put(library, "mine", A, { note: "n" });
  const { entry, created, unchanged } = await put(library, "mine", A, { reading: "danyude" });
  assert.deepEqual([created, unchanged], [false, false]);
  assert.deepEqual(entry.record, { ...first.entry.record, reading: "danyude" });
  assert.equal(entry.translator(0).form, "danyude");
  assert.equal(entry.lens?.reading("resid_post", 0)?.by, "translator");
  assert.equal((await put(library, "mine", A)).entry.record.reading, "danyude");
});

test("replaces a lens whole; its owner and whether it is shared stay, its note goes", async (library, folder) => {
  await put(library, "mine", A, { note: "n", owner: "key-1", shared: false });
  const { entry, created } = await put(library, "mine", B, { owner: "key-2" });
  assert.equal(created, false);
  const { sha256, owner, shared, note } = entry.record;
  assert.deepEqual({ sha256, owner, shared, note }, { sha256: sha256Of(B), owner: "key-1", shared: false, note: null });
  assert.deepEqual(await filesIn(folder), filesOf({ mine: B }));
});

test("stores identical bytes once, and keeps them while one id is left", async (library, folder) => {
  await put(library, "one", A);
  await put(library, "two", A);
  assert.deepEqual(await filesIn(folder), filesOf({ one: A, two: A }));
  await library.remove("one");
  assert.equal(await library.get("one"), null);
  assert.deepEqual(await filesIn(folder), filesOf({ two: A }));
  await put(library, "two", B);
  assert.deepEqual(await filesIn(folder), filesOf({ two: B }));
  await library.remove("two");
  assert.deepEqual(await filesIn(folder), []);
});

test("keeps preconditions, when the upload begins and when it ends", async (library, folder) => {
  await refused(put(library, "mine", A, { ifMatch: "*" }), "precondition");
  await put(library, "mine", A, { ifNoneMatch: "*" });
  await refused(put(library, "mine", B, { ifNoneMatch: "*" }), "precondition");
  await refused(put(library, "mine", B, { ifMatch: [sha256Of(B)] }), "precondition", new RegExp(sha256Of(A)));
  await refused(library.remove("mine", { ifMatch: [sha256Of(B)] }), "precondition");
  await refused(library.patch("mine", { note: "x" }, { ifMatch: [sha256Of(B)] }), "precondition");

  await using late = await library.upload("mine", { ifMatch: [sha256Of(A)] });
  await late.write(B);
  const C = smallLens(3);
  await put(library, "mine", C);
  await refused(late.finish(), "precondition");
  assert.deepEqual(await filesIn(folder), filesOf({ mine: C }));
});

test("asks who may change what is there, also when somebody else was first", async (library, folder) => {
  const seen: (string | null)[] = [];
  const allow: LensUploadOptions["allow"] = (existing) => {
    seen.push(existing?.owner ?? null);
    if (existing !== null && existing.owner !== "key-1") throw new Error("not yours");
  };
  await using late = await library.upload("mine", { allow, owner: "key-1" });
  await late.write(A);
  await put(library, "mine", B, { owner: "key-2" });
  await assert.rejects(late.finish(), /not yours/);
  await assert.rejects(library.remove("mine", { allow }), /not yours/);
  await assert.rejects(library.patch("mine", { note: "x" }, { allow }), /not yours/);
  assert.deepEqual(seen, [null, "key-2", "key-2", "key-2"]);
  assert.deepEqual(await filesIn(folder), filesOf({ mine: B }));
});

test("lets the later of two uploads to one id replace the other whole", async (library, folder) => {
  await using one = await library.upload("mine", { note: "one" });
  await using two = await library.upload("mine", { note: "two" });
  await one.write(A);
  await two.write(B);
  assert.equal((await two.finish()).created, true);
  assert.equal((await one.finish()).created, false);
  const { sha256, note } = (await library.get("mine"))!.record;
  assert.deepEqual([sha256, note], [sha256Of(A), "one"]);
  assert.deepEqual(await filesIn(folder), filesOf({ mine: A }));
});

test("stands many uploads of few lenses to few ids at once", async (library, folder) => {
  const lenses = [1, 2, 3].map((seed) => smallLens(seed));
  await Promise.all(Array.from({ length: 24 }, (_, at) => put(library, `id-${at % 2}`, lenses[at % 3]!)));
  const left = Object.fromEntries(
    (await library.list()).map(({ record }) => [record.id, lenses.find((bytes) => sha256Of(bytes) === record.sha256)!]),
  );
  assert.deepEqual(Object.keys(left), ["id-0", "id-1"]);
  assert.deepEqual(await filesIn(folder), filesOf(left));
});

test("refuses by length before and while the bytes come", async (_library, folder) => {
  const library = await smallLibrary(folder, { limits: { maxFileBytes: A.length } });
  await put(library, "mine", A, { contentLength: A.length });
  await refused(library.upload("more", { contentLength: A.length + 1 }), "tooLarge");
  await using upload = await library.upload("more");
  await upload.write(A);
  await refused(upload.write(Uint8Array.of(1)), "tooLarge");
  await upload.abort();
  await refused(put(library, "more", A, { contentLength: A.length - 1 }), "digestMismatch");
  await refused(put(library, "more", A.subarray(1), { contentLength: A.length }), "digestMismatch");
  assert.deepEqual(await filesIn(folder), filesOf({ mine: A }));
});

test("refuses bytes of another digest than announced", async (library, folder) => {
  await put(library, "mine", A, { expectedSha256: sha256Of(A) });
  await refused(put(library, "mine", B, { expectedSha256: sha256Of(A) }), "digestMismatch", new RegExp(sha256Of(B)));
  assert.deepEqual(await filesIn(folder), filesOf({ mine: A }));
});

test("keeps its quota: different bytes count once, and what is replaced makes room", async (_library, folder) => {
  const quota = 2 * A.length;
  const library = await smallLibrary(folder, { limits: { maxLibraryBytes: quota } });
  await put(library, "a", A);
  await put(library, "b", B);
  await refused(library.upload("c", { contentLength: A.length }), "quota");
  await refused(put(library, "c", smallLens(3)), "quota");
  await refused(put(library, "c", A), "quota"); // Until it is there nobody knows that it is there already.
  await put(library, "c", A, { expectedSha256: sha256Of(A) });
  await library.remove("c");
  await put(library, "b", smallLens(3), { contentLength: A.length });
  await put(library, "b", smallLens(3));
  assert.deepEqual(await filesIn(folder), filesOf({ a: A, b: smallLens(3) }));

  await library.remove("b");
  await using one = await library.upload("d");
  await one.write(B);
  await refused(library.upload("e", { contentLength: 1 }), "quota");
  await one.abort();
  await put(library, "e", B);
});

test(
  "refuses files that are no lens of this model, with the reader's reason, and keeps nothing",
  async (library, folder) => {
    const other = smallLens(1, { dModel: 4 });
    const nan = A.slice();
    new DataView(nan.buffer).setUint32(nan.length - 4, 0x7fc00000, true);
    const cases: [Uint8Array, LensUploadOptions, RegExp][] = [
      [new Uint8Array(0), {}, /./],
      [A.subarray(0, A.length - 1), {}, /./],
      [other, {}, /\[4, 4\]; this model needs \[8, 8\]/],
      [nan, {}, /2\.bias/],
      [A, { config: `{"num_hidden_layers": 4}` }, /num_hidden_layers/],
      [A, { config: `{"unembed_hash": "aa"}`, unembedHash: "bb" }, /unembed_hash/],
      [smallLens(1, { layers: 4 }), {}, /layers/],
    ];
    for (const [bytes, options, message] of cases) {
      await refused(put(library, "mine", bytes, options), "refusedFile", message);
      await assert.rejects(
        put(library, "mine", bytes, options),
        (error: Error) => error.cause instanceof LensFileError,
      );
    }
    assert.deepEqual(await filesIn(folder), []);
  },
);

test("refuses ids that are no ids, the built-in one among them", async (library) => {
  for (const id of ["logit", "", "A", "../x", "a/b", ".a", "a".repeat(65), "a\n"]) {
    await refused(library.upload(id), id === "logit" ? "readOnly" : "badId");
    assert.equal(await library.get(id), null);
  }
  await put(library, `0${"._-".repeat(21)}`, A);
});

test("leaves nothing of an upload that was aborted, or whose finishing was", async (library, folder) => {
  {
    await using upload = await library.upload("mine");
    await upload.write(A);
    assert.equal((await filesIn(folder)).length, 1);
  }
  assert.deepEqual(await filesIn(folder), []);
  await using upload = await library.upload("mine");
  await upload.write(A);
  await assert.rejects(upload.finish({ signal: AbortSignal.abort(new Error("hung up")) }), /hung up/);
  assert.deepEqual(await filesIn(folder), []);
  await assert.rejects(upload.write(A), TypeError);
});

test("changes note, sharing and config, the config held to the weights", async (library) => {
  await put(library, "mine", A);
  const config = JSON.stringify({ base_model_name_or_path: "org/small", d_model: 8, num_hidden_layers: 3 });
  const { record, match } = await library.patch("mine", { note: "n", shared: false, config });
  assert.deepEqual([record.note, record.shared, record.config?.baseModel], ["n", false, "org/small"]);
  assert.equal(match.match, "exact");
  assert.deepEqual((await library.get("mine"))?.record, record);
  await refused(library.patch("mine", { config: `{"d_model": 9}` }), "refusedFile", /d_model/);
  assert.deepEqual((await library.get("mine"))?.record, record);
  const cleared = await library.patch("mine", { note: null, config: null });
  assert.deepEqual([cleared.record.note, cleared.record.shared, cleared.record.config], [null, false, null]);
  await refused(library.patch("other", {}), "notFound");
  await refused(library.remove("other"), "notFound");
});

test("keeps the bytes of a lens that is replaced or deleted while somebody uses it", async (library, folder) => {
  await put(library, "mine", A);
  const entry = (await library.get("mine"))!;
  const first = entry.hold();
  const second = entry.hold();
  await library.remove("mine");
  assert.equal(await library.get("mine"), null);
  await readTranslator(entry.translator(0));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await readTranslator(entry.translator(0));
  second[Symbol.dispose]();
  await library[Symbol.asyncDispose]();
  assert.deepEqual(await filesIn(folder), []);
});

test("refuses to keep bytes that have gone since they were asked for", async (library) => {
  await put(library, "mine", A);
  const entry = (await library.get("mine"))!;
  const removing = library.remove("mine");
  // At each moment of the removal: either the bytes are kept, or it is said that they cannot be.
  for (let turn = 0; turn < 40; turn++) {
    const held = await Promise.try(() => entry.hold()).catch((error) => {
      assert.ok(error instanceof LensLibraryError && error.kind === "notFound", String(error));
      return null;
    });
    if (held !== null) await readTranslator(entry.translator(0));
    held?.[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, turn % 3));
  }
  await removing;
  assert.throws(() => entry.hold(), LensLibraryError);
  await put(library, "mine", A);
  entry.hold()[Symbol.dispose]();
});

test("sees what another process does on the same folder", async (library, folder) => {
  const other = await smallLibrary(folder);
  await put(other, "mine", A);
  assert.equal((await library.get("mine"))?.record.sha256, sha256Of(A));
  await put(library, "mine", B);
  assert.equal((await other.get("mine"))?.record.sha256, sha256Of(B));
  await other.patch("mine", { note: "theirs" });
  assert.equal((await library.list())[0]?.record.note, "theirs");
  await other.remove("mine");
  assert.deepEqual(await library.list(), []);
});

test(
  "takes nothing before a model is loaded, and lists a lens of another model as none of its own",
  async (library, folder) => {
    await put(library, "mine", A);
    const later = await openLensLibrary({ folder, log: keptLog() });
    await refused(later.upload("x"), "loading");
    assert.deepEqual([(await later.get("mine"))?.match.match, (await later.get("mine"))?.lens], ["none", null]);
    later.useModel({ ...SMALL_MODEL, id: "org/other", dModel: 16 });
    const [entry] = await later.list();
    assert.equal(entry?.match.match, "none");
    assert.match(entry!.match.reason, /d_model 16, not 8/);
    assert.equal(entry?.lens, null);
    await later.patch("mine", { note: "still here" });
  },
);
