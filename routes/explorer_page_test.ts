import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EXPLORER_PAGE } from "./explorer_page.ts";
import { testApp } from "./testing/test_app.ts";

const { app } = await testApp();

Deno.test("GET / and its files come as they lie there, typed, and not again to whom has them", async () => {
  for (const { path, source, type } of EXPLORER_PAGE) {
    const response = await app.request(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("Content-Type"), `${type}; charset=utf-8`);
    assert.match(response.headers.get("Content-Security-Policy")!, /^default-src 'self';(?!.*unsafe)/);
    assert.ok(await response.text() === await Deno.readTextFile(source), `${path} differs from its file`);
    const etag = response.headers.get("ETag")!;
    assert.equal((await app.request(path, { headers: { "If-None-Match": etag } })).status, 304);
  }
});

Deno.test("the page refers to its own files by relative addresses, and holds no script or style of its own", async () => {
  const page = await (await app.request("/")).text();
  assert.doesNotMatch(page, /https?:|\bon\w+=|style=|<style|<script>/);
  const referred = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, to]) => `/${to}`);
  const served = [...EXPLORER_PAGE.map(({ path }) => path), "/openapi.json"];
  assert.ok(referred.length >= 3);
  for (const to of referred) assert.ok(served.includes(to), `the page refers to ${to}`);
});

Deno.test("/ is for people: not in the document, other methods get 405", async () => {
  const { paths } = await (await app.request("/openapi.json")).json() as { paths: Record<string, unknown> };
  for (const { path } of EXPLORER_PAGE) {
    assert.ok(!(path in paths), path);
    const posted = await app.request(path, { method: "POST" });
    assert.deepEqual([posted.status, posted.headers.get("Allow")], [405, "GET, HEAD, OPTIONS"], path);
  }
});

Deno.test("the script that is served is what its source gives: deno task web", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = fileURLToPath(new URL("../", import.meta.url));
    const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--output", `${folder}/explorer.js`];
    await promisify(execFile)(Deno.execPath(), [...args, "web/main.tsx"], { cwd: root });
    const [made, kept] = await Promise.all(
      [`${folder}/explorer.js`, `${root}web/dist/explorer.js`].map((path) => Deno.readTextFile(path)),
    );
    assert.ok(made === kept, "web/dist/explorer.js is not what web/ gives: run deno task web");
    assert.ok(kept!.length < 250_000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
