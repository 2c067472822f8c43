import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { TemporaryFolder } from "../temporary_folder.ts";
import { fetchFiles } from "./download.ts";
import { HubError } from "./hub_error.ts";
import { sampleBytes } from "./sample_bytes.ts";
import type { DownloadProgress } from "./progress.ts";
import { parseHubSource } from "./source.ts";
import { COMMIT_A, COMMIT_B, TestHub } from "./test_hub.ts";
import { Token } from "./token.ts";

const WEIGHTS = sampleBytes(300_000, 1);
const CONFIG = new TextEncoder().encode('{"model_type": "llama"}');
const FILES = {
  "config.json": CONFIG,
  "model.safetensors": WEIGHTS,
  "deep/er/file.json": CONFIG,
  "empty.txt": sampleBytes(0, 2),
};
const BOTH = ["config.json", "model.safetensors"];
const SOURCE = parseHubSource("owner/name")!;
const quick = { retryDelays: [1, 1], stallTimeout: 2000 };

function hub(): TestHub {
  return new TestHub([
    {
      id: "owner/name",
      commits: { [COMMIT_A]: FILES, [COMMIT_B]: { "config.json": WEIGHTS } },
      refs: { main: COMMIT_A, "refs/pr/1": COMMIT_B },
    },
    { id: "spaces/owner/name", commits: { [COMMIT_B]: { "app.py": CONFIG } }, refs: { main: COMMIT_B } },
    { id: "owner/gated", commits: { [COMMIT_A]: FILES }, refs: { main: COMMIT_A }, gated: true },
  ]);
}

/** By one comparison: deepEqual takes minutes to print how two large arrays differ. */
async function holds(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  assert.equal(Buffer.compare(await Deno.readFile(join(folder, path)), bytes), 0, `${path} has other bytes`);
}

/** The one file of a folder of partial downloads. */
async function incomplete(cacheFolder: string): Promise<string | null> {
  const blobs = join(cacheFolder, "models--owner--name", "blobs");
  for await (const { name } of Deno.readDir(blobs)) if (name.endsWith(".incomplete")) return join(blobs, name);
  return null;
}

function isHubError(kind: HubError["kind"], ...words: (string | RegExp)[]) {
  return (error: unknown) => {
    assert(error instanceof HubError, String(error));
    assert.equal(error.kind, kind, error.message);
    for (const word of words) {
      assert.match(error.message, typeof word === "string" ? new RegExp(RegExp.escape(word)) : word);
    }
    assert.doesNotMatch(error.message, /hf_|signature|\n/);
    return true;
  };
}

Deno.test("fetchFiles() fetches into the shared cache layout, and again without a byte", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick };
  const progress: DownloadProgress[] = [];
  const onProgress = (one: DownloadProgress) => progress.push(one);
  const { folder, commit, cacheOnly } = await fetchFiles(SOURCE, BOTH, { ...options, onProgress });
  assert.equal(commit, COMMIT_A);
  assert.equal(cacheOnly, null);
  const root = join(cache.path, "models--owner--name");
  assert.equal(folder, join(root, "snapshots", COMMIT_A));
  assert.equal(await Deno.readTextFile(join(root, "refs", "main")), COMMIT_A);
  await holds(folder, "model.safetensors", WEIGHTS);
  assert.match(await Deno.readLink(join(folder, "model.safetensors")), /^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
  assert.match(await Deno.readLink(join(folder, "config.json")), /^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/);
  const total = CONFIG.length + WEIGHTS.length;
  assert.equal(server.bytesServed, total);
  assert.deepEqual(progress.at(-1), { file: "model.safetensors", bytesDone: total, bytesTotal: total });
  assert(progress.every(({ bytesDone }, at) => at === 0 || bytesDone >= progress[at - 1]!.bytesDone));

  const again: DownloadProgress[] = [];
  await fetchFiles(SOURCE, BOTH, { ...options, onProgress: (one) => again.push(one) });
  assert.equal(server.bytesServed, total);
  assert.deepEqual(again, []);
});

Deno.test("fetchFiles() takes patterns, choosers, folders and empty files", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick };
  const { files } = await fetchFiles(SOURCE, ["*.txt", "deep/er/*.json"], options);
  assert.deepEqual([...files].sort(), ["deep/er/file.json", "empty.txt"]);
  const { folder } = await fetchFiles(SOURCE, (all) => all.filter(({ size }) => size < 100), options);
  await holds(folder, "deep/er/file.json", CONFIG);
  assert.equal(await Deno.readLink(join(folder, "deep/er/file.json")).then((link) => link.split("/")[3]), "..");
  assert.equal((await Deno.stat(join(folder, "empty.txt"))).size, 0);
  await assert.rejects(fetchFiles(SOURCE, ["*.bin"], options), isHubError("notFound", "*.bin"));
});

Deno.test("fetchFiles() goes on from the bytes it has after an interruption", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick, retryDelays: [] };
  server.faults.cutAfter = [100_000];
  await assert.rejects(fetchFiles(SOURCE, ["model.safetensors"], options), isHubError("network", "127.0.0.1"));
  const had = (await Deno.stat((await incomplete(cache.path))!)).size;
  assert(had > 0 && had <= 100_000, `${had} bytes kept`);
  const before = server.bytesServed;
  const progress: DownloadProgress[] = [];
  const { folder } = await fetchFiles(SOURCE, ["model.safetensors"], {
    ...options,
    onProgress: (p) => progress.push(p),
  });
  await holds(folder, "model.safetensors", WEIGHTS);
  assert.equal(server.bytesServed - before, WEIGHTS.length - had);
  assert.equal(progress[0]?.bytesDone, had);
  assert.equal(await incomplete(cache.path), null);
});

Deno.test("fetchFiles() mends broken connections within one call, and starts over where a server knows no ranges", async () => {
  for (const ignoreRange of [false, true]) {
    await using cache = await TemporaryFolder.make();
    await using server = hub();
    server.faults.ignoreRange = ignoreRange;
    server.faults.cutAfter = [50_000, 60_000, 70_000];
    server.faults.statuses = [503, 429];
    const options = { settings: server.settings(cache.path), ...quick, retryDelays: [1, 1, 1, 1] };
    const { folder } = await fetchFiles(SOURCE, ["model.safetensors"], options);
    await holds(folder, "model.safetensors", WEIGHTS);
  }
});

Deno.test("fetchFiles() gives up a connection that stalls", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  server.faults.stall = true;
  const options = { settings: server.settings(cache.path), retryDelays: [], stallTimeout: 200 };
  await assert.rejects(fetchFiles(SOURCE, ["model.safetensors"], options), isHubError("network", "no answer in time"));
});

Deno.test("fetchFiles() refuses bytes with another digest and keeps none of them", async () => {
  for (const path of BOTH) {
    await using cache = await TemporaryFolder.make();
    await using server = hub();
    server.faults.corrupt.add(path);
    const options = { settings: server.settings(cache.path), ...quick };
    await assert.rejects(fetchFiles(SOURCE, [path], options), isHubError("integrity", path));
    assert.equal(await incomplete(cache.path), null);
    const blobs = [...Deno.readDirSync(join(cache.path, "models--owner--name", "blobs"))];
    assert.deepEqual(blobs, []);
    server.faults.corrupt.clear();
    await fetchFiles(SOURCE, [path], options);
  }
});

Deno.test("fetchFiles() starts over when the bytes of an earlier call were wrong, or too many", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick, retryDelays: [] };
  server.faults.cutAfter = [100_000];
  await assert.rejects(fetchFiles(SOURCE, ["model.safetensors"], options));
  const path = (await incomplete(cache.path))!;
  for (const junk of [new Uint8Array(50_000), new Uint8Array(WEIGHTS.length), new Uint8Array(WEIGHTS.length + 1)]) {
    await Deno.remove(join(cache.path, "models--owner--name", "snapshots"), { recursive: true });
    await Deno.writeFile(path, junk);
    await Deno.remove(path.replace(".incomplete", "")).catch(() => {});
    const { folder } = await fetchFiles(SOURCE, ["model.safetensors"], options);
    await holds(folder, "model.safetensors", WEIGHTS);
  }
});

Deno.test("fetchFiles() stops with its signal, and goes on later", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick };
  const stop = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ bytesDone }: DownloadProgress) => bytesDone > 50_000 && stop.abort(reason);
  const stopped = fetchFiles(SOURCE, ["model.safetensors"], { ...options, signal: stop.signal, onProgress });
  await assert.rejects(stopped, (error) => error === reason);
  assert((await Deno.stat((await incomplete(cache.path))!)).size > 50_000);
  await assert.rejects(fetchFiles(SOURCE, BOTH, { ...options, signal: stop.signal }), (error) => error === reason);
  const { folder } = await fetchFiles(SOURCE, ["model.safetensors"], options);
  await holds(folder, "model.safetensors", WEIGHTS);
});

Deno.test("fetchFiles() at the same time twice downloads once", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick };
  await Promise.all([1, 2, 3].map(() => fetchFiles(SOURCE, BOTH, options)));
  assert.equal(server.bytesServed, CONFIG.length + WEIGHTS.length);
});

Deno.test("fetchFiles() reads other revisions, commits and Spaces", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const options = { settings: server.settings(cache.path), ...quick };
  for (const text of ["owner/name@refs/pr/1", `owner/name@${COMMIT_B}`]) {
    const { folder, commit } = await fetchFiles(parseHubSource(text)!, ["config.json"], options);
    assert.equal(commit, COMMIT_B);
    await holds(folder, "config.json", WEIGHTS);
  }
  const refs = join(cache.path, "models--owner--name", "refs");
  assert.equal(await Deno.readTextFile(join(refs, "refs", "pr", "1")), COMMIT_B);
  const space = await fetchFiles(parseHubSource("spaces/owner/name")!, ["app.py"], options);
  assert.equal(space.folder, join(cache.path, "spaces--owner--name", "snapshots", COMMIT_B));
});

Deno.test("fetchFiles() says what is missing: repository, revision or file", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  for (const signedIn of [false, true]) {
    const options = { settings: server.settings(cache.path, { signedIn }), ...quick };
    const cases: [string, string, HubError["missing"]][] = [
      ["owner/unknown", "config.json", "repository"],
      ["owner/name@no-such-branch", "config.json", "revision"],
      [`owner/name@${"c".repeat(40)}`, "config.json", "revision"],
      ["owner/name", "no_such_file.json", "file"],
    ];
    for (const [text, file, missing] of cases) {
      await assert.rejects(fetchFiles(parseHubSource(text)!, [file], options), (error) => {
        isHubError("notFound", "owner/")(error);
        assert.equal((error as HubError).missing, missing);
        return true;
      });
    }
  }
});

Deno.test("fetchFiles() sends the token to the hub alone, and says where access is asked for", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const gated = parseHubSource("owner/gated")!;
  const page = `${server.endpoint}/owner/gated`;
  await assert.rejects(fetchFiles(gated, BOTH, { settings: server.settings(cache.path), ...quick }), (error) => {
    isHubError("gated", page, "set HF_TOKEN")(error);
    assert.equal((error as HubError).page, page);
    return true;
  });
  const { folder } = await fetchFiles(gated, BOTH, {
    settings: server.settings(cache.path, { signedIn: true }),
    ...quick,
  });
  await holds(folder, "model.safetensors", WEIGHTS);
  assert.deepEqual(server.leaked, []);
});

Deno.test("fetchFiles() says that a token is not accepted", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  const settings = server.settings(cache.path, { token: new Token("hf_wrong") });
  await assert.rejects(fetchFiles(SOURCE, BOTH, { settings, ...quick }), isHubError("unauthorized", "HF_TOKEN"));
});

Deno.test("fetchFiles() uses the cache where the hub is away, and says so", async () => {
  await using cache = await TemporaryFolder.make();
  const server = hub();
  const options = { settings: server.settings(cache.path), retryDelays: [1] };
  await fetchFiles(SOURCE, BOTH, options);
  await server[Symbol.asyncDispose]();
  const { folder, cacheOnly } = await fetchFiles(SOURCE, BOTH, options);
  await holds(folder, "model.safetensors", WEIGHTS);
  assert(isHubError("network", "cannot be reached")(cacheOnly));
  await assert.rejects(
    fetchFiles(SOURCE, ["empty.txt"], options),
    isHubError("network", "empty.txt of owner/name is not in the cache", "cannot be reached"),
  );
  await assert.rejects(fetchFiles(parseHubSource("owner/other")!, BOTH, options), isHubError("network"));
});

Deno.test("fetchFiles() asks for nothing in offline mode", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  await fetchFiles(SOURCE, BOTH, { settings: server.settings(cache.path), ...quick });
  const asked = server.requests.length;
  const options = { settings: server.settings(cache.path, { offline: true }), ...quick };
  const { folder, files } = await fetchFiles(SOURCE, ["*.json", "model.safetensors"], options);
  assert.deepEqual(files, BOTH);
  await holds(folder, "config.json", CONFIG);
  const pinned = await fetchFiles(parseHubSource(`owner/name@${COMMIT_A}`)!, BOTH, options);
  assert.equal(pinned.folder, folder);
  await assert.rejects(
    fetchFiles(SOURCE, ["empty.txt"], options),
    isHubError("offline", "empty.txt", "HF_HUB_OFFLINE"),
  );
  const elsewhere = parseHubSource("owner/name@v2")!;
  await assert.rejects(fetchFiles(elsewhere, BOTH, options), isHubError("offline", "revision v2", "HF_HUB_OFFLINE"));
  assert.equal(server.requests.length, asked);
});

Deno.test("fetchFiles() says that what answers is no hub", async () => {
  await using cache = await TemporaryFolder.make();
  const pages = [new Response("<html>welcome</html>"), Response.json([]), Response.json({ sha: "../../evil" })];
  for (const page of pages) {
    const options = { settings: { cacheFolder: cache.path, endpoint: "http://hub.test", token: null, offline: false } };
    const fetch = () => Promise.resolve(page.clone());
    await assert.rejects(
      fetchFiles(SOURCE, BOTH, { ...options, fetch }),
      isHubError("network", "hub.test does not answer as a Hugging Face hub does"),
    );
  }
});

Deno.test("fetchFiles() lets no name or digest of a hub's listing out of the cache folder", async () => {
  await using cache = await TemporaryFolder.make();
  const oid = "0".repeat(40);
  const listings = [
    [{ type: "file", path: "../../evil", size: 1, oid }, { type: "file", path: "/etc/evil", size: 1, oid }],
    [{ type: "file", path: "fine", size: 1, oid: "../../../evil" }],
  ];
  for (const listing of listings) {
    const asked: string[] = [];
    const fetch = (input: string | URL | Request) => {
      asked.push(String(input));
      return Promise.resolve(Response.json(String(input).includes("/tree/") ? listing : { sha: COMMIT_A }));
    };
    const settings = {
      cacheFolder: join(cache.path, "cache"),
      endpoint: "http://hub.test",
      token: null,
      offline: false,
    };
    const result = await fetchFiles(SOURCE, (files) => files, { settings, fetch }).catch((error) => error);
    if (result instanceof Error) isHubError("integrity")(result);
    else assert.deepEqual(result.files, []);
    assert(asked.every((url) => !url.includes("evil")));
  }
  assert.deepEqual([...Deno.readDirSync(cache.path)].map(({ name }) => name), ["cache"]);
});

Deno.test("fetchFiles() says that the cache folder cannot be written", async () => {
  await using cache = await TemporaryFolder.make();
  await using server = hub();
  // A file where the repository's folder should be fails for every user, root included.
  await Deno.writeTextFile(join(cache.path, "models--owner--name"), "in the way");
  await assert.rejects(
    fetchFiles(SOURCE, BOTH, { settings: server.settings(cache.path), ...quick }),
    (error) => isHubError("disk")(error) && !(error as Error).message.includes(cache.path),
  );
});
