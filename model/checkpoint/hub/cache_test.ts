import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../temporary_folder.ts";
import { cachedFile, cachedRepository, listCachedFiles, resolveCachedRevision } from "./cache.ts";
import { parseHubSource } from "./source.ts";
import { COMMIT_A, COMMIT_B } from "./test_hub.ts";

async function repository(folder: string) {
  const cached = cachedRepository(folder, parseHubSource("datasets/owner/name")!);
  await Deno.mkdir(join(cached.refs, "refs/pr"), { recursive: true });
  await Deno.mkdir(join(cached.snapshots, COMMIT_A), { recursive: true });
  return cached;
}

Deno.test("resolveCachedRevision() takes a branch's ref or a commit, if there is a snapshot of it", async () => {
  await using folder = await TemporaryFolder.make();
  const cached = await repository(folder.path);
  assert.equal(cached.refs, join(folder.path, "datasets--owner--name", "refs"));
  await Deno.writeTextFile(join(cached.refs, "main"), `${COMMIT_A}\n`);
  await Deno.writeTextFile(join(cached.refs, "refs/pr/1"), COMMIT_B);
  assert.equal(await resolveCachedRevision(cached, "main"), COMMIT_A);
  assert.equal(await resolveCachedRevision(cached, COMMIT_A), COMMIT_A);
  for (const revision of ["refs/pr/1", COMMIT_B, "v1", "refs"]) {
    assert.equal(await resolveCachedRevision(cached, revision), null, revision);
  }
});

Deno.test("resolveCachedRevision() follows no ref that is not a commit", async () => {
  await using folder = await TemporaryFolder.make();
  const cached = await repository(folder.path);
  for (const text of ["", "..", "../snapshots", COMMIT_A.slice(0, 12)]) {
    await Deno.mkdir(join(cached.snapshots, COMMIT_A.slice(0, 12)), { recursive: true });
    await Deno.writeTextFile(join(cached.refs, "main"), text);
    assert.equal(await resolveCachedRevision(cached, "main"), null, text);
  }
});

Deno.test("cachedFile() and listCachedFiles() pass over links whose blob is gone", async () => {
  await using folder = await TemporaryFolder.make();
  const { snapshots } = await repository(folder.path);
  const snapshot = join(snapshots, COMMIT_A);
  await Deno.mkdir(join(snapshot, "sub"));
  await Deno.writeTextFile(join(snapshot, "sub/there.json"), "{}");
  await Deno.symlink("../../blobs/gone", join(snapshot, "gone.json"));
  assert.equal(await cachedFile(snapshot, "gone.json"), null);
  assert.equal(await cachedFile(snapshot, "sub"), null);
  assert.equal(await cachedFile(snapshot, "sub/there.json/x"), null);
  const there = { path: "sub/there.json", size: 2, digest: null };
  assert.deepEqual(await listCachedFiles(snapshot), [there]);
  assert.deepEqual(await listCachedFiles(snapshot, "sub"), [there]);
  assert.deepEqual(await listCachedFiles(snapshot, "none"), []);
});
