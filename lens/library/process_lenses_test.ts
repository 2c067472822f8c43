import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../../model/checkpoint/folder.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { unembedHash } from "../unembed_hash.ts";
import { filesIn, keptLog, put, smallLens, smallLibrary } from "./fixtures/small_library.ts";
import { openLensLibrary } from "./folder_library.ts";
import { LensLibraryError, type LensLibraryErrorKind } from "./types.ts";

const demo = fileURLToPath(new URL("../../demo/", import.meta.url));

function kindIs(kind: LensLibraryErrorKind, message = /./): (error: unknown) => boolean {
  return (error) => error instanceof LensLibraryError && error.kind === kind && message.test(error.message);
}

Deno.test("addFile() registers the demo's lenses, known to be the demo model's, and keeps nothing on disk", async () => {
  await using folder = await TemporaryFolder.make();
  await using library = await openLensLibrary({ folder: folder.path, log: keptLog(), cacheFolder: folder.path });
  const model = await openCheckpoint(join(demo, "model"), { id: "midstream-demo" });
  const { dModel, layers } = model.config;
  library.useModel({ id: model.id, dModel, layers, unembedHash: await unembedHash(model) });
  const tuned = await library.addFile("tuned", join(demo, "lenses/tuned"));
  const jacobian = await library.addFile("jacobian", join(demo, "lenses/jacobian.pt"));
  assert.deepEqual([tuned.record.kind, tuned.match.match, tuned.match.unembedHashMatch], ["tuned", "exact", true]);
  assert.equal(jacobian.record.kind, "jacobian");
  assert.notEqual(jacobian.lens, null);
  assert.equal(tuned.persistent, false);
  assert.deepEqual((await library.list()).map(({ record }) => record.id), ["jacobian", "tuned"]);
  assert.deepEqual((await filesIn(folder.path)).filter((name) => name !== "file-digests.json"), []);
});

Deno.test("addFile()'s lenses cannot be written over, and hide what is stored under their ids", async () => {
  await using folder = await TemporaryFolder.make();
  await using library = await smallLibrary(folder.path);
  await put(library, "mine", smallLens(1));
  const file = join(folder.path, "params.safetensors");
  await Deno.writeFile(file, smallLens(2));
  await library.addFile("mine", file, { note: "the process'" });
  assert.equal((await library.get("mine"))?.record.note, "the process'");
  assert.equal((await library.list()).length, 1);
  await assert.rejects(library.upload("mine"), kindIs("readOnly"));
  await assert.rejects(library.patch("mine", { note: "x" }), kindIs("readOnly"));
  await assert.rejects(library.remove("mine"), kindIs("readOnly"));
  await using later = await smallLibrary(folder.path);
  assert.equal((await later.get("mine"))?.record.note, null);
});

Deno.test("addFile() takes a lens before a model is loaded, and says later that it does not fit", async () => {
  await using folder = await TemporaryFolder.make();
  await using library = await openLensLibrary({ folder: join(folder.path, "lenses"), log: keptLog() });
  const file = join(folder.path, "lens.safetensors");
  await Deno.writeFile(file, smallLens(1));
  assert.equal((await library.addFile("mine", file)).match.match, "none");
  library.useModel({ id: "x", dModel: 8, layers: 3, unembedHash: null });
  assert.equal((await library.get("mine"))?.match.match, "shape");
  library.useModel({ id: "x", dModel: 9, layers: 3, unembedHash: null });
  assert.equal((await library.get("mine"))?.lens, null);
  await assert.rejects(library.addFile("more", file), kindIs("refusedFile", /needs \[9, 9\]/));
});

Deno.test("addFile() says of a lens whose file has changed since that it has, and does not apply it", async () => {
  await using folder = await TemporaryFolder.make();
  await using library = await smallLibrary(join(folder.path, "lenses"));
  const file = join(folder.path, "lens.safetensors");
  await Deno.writeFile(file, smallLens(1));
  await library.addFile("mine", file);
  await Deno.writeFile(file, smallLens(1, { layers: 2 }));
  const entry = await library.get("mine");
  assert.deepEqual([entry?.match.match, entry?.lens], ["none", null]);
  assert.match(entry!.match.reason, /has changed/);
});

Deno.test("addFile() names what is missing or wrong, and never a path", async () => {
  await using folder = await TemporaryFolder.make();
  await using library = await smallLibrary(join(folder.path, "lenses"));
  const refused = async (path: string, message: RegExp) => {
    await assert.rejects(library.addFile("mine", path), (error: Error) => {
      assert.ok(kindIs("refusedFile", message)(error), error.message);
      assert.ok(!error.message.includes(folder.path), error.message);
      return true;
    });
  };
  await refused(join(folder.path, "nothing.pt"), /nothing\.pt: not found/);
  await Deno.mkdir(join(folder.path, "empty"));
  await refused(join(folder.path, "empty"), /empty: a folder without params\.pt or params\.safetensors/);
  await Deno.writeTextFile(join(folder.path, "page.pt"), "<!DOCTYPE html><html></html>");
  await refused(join(folder.path, "page.pt"), /HTML/);
  await Deno.mkdir(join(folder.path, "lens"));
  await Deno.writeFile(join(folder.path, "lens/params.safetensors"), smallLens(1));
  await Deno.writeTextFile(join(folder.path, "lens/config.json"), `{"d_model": 9}`);
  await refused(join(folder.path, "lens"), /d_model is 9/);
  await Deno.writeFile(join(folder.path, "lens/params.pt"), smallLens(1));
  await refused(join(folder.path, "lens"), /both/);
  await assert.rejects(library.addFile("logit", join(folder.path, "lens")), kindIs("readOnly"));
});
