import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { DOCS_PAGE } from "./docs_page.ts";
import { serve } from "./serve.ts";
import { testApp } from "./testing/test_app.ts";

const { app } = await testApp();

Deno.test("GET /docs and its files come as they lie there, typed, and not again to whom has them", async () => {
  for (const { path, source, type } of DOCS_PAGE) {
    const response = await app.request(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("Content-Type"), `${type}; charset=utf-8`);
    assert.equal(response.headers.get("Cache-Control"), "no-cache");
    assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
    const text = await response.text();
    assert.ok(text === await Deno.readTextFile(source), `${path} differs from its file`);
    const etag = response.headers.get("ETag")!;
    assert.equal(etag, `"${createHash("sha256").update(text).digest("hex")}"`);
    const again = await app.request(path, { headers: { "If-None-Match": etag } });
    assert.deepEqual([again.status, await again.text(), again.headers.get("ETag")], [304, "", etag]);
    const head = await app.request(path, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text(), head.headers.get("ETag")], [200, "", etag]);
  }
});

Deno.test("the pages' policy lets nothing run that the service does not serve as a file", async () => {
  for (const { path } of DOCS_PAGE) {
    const policy = (await app.request(path)).headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(policy, /(script|style|connect|worker)-src/, "these follow default-src");
  }
  const page = await (await app.request("/docs")).text();
  assert.doesNotMatch(page, /https?:|\bon\w+=|style=|<style|<script>/);
  const referred = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, to]) => `/${to}`);
  const served = [...DOCS_PAGE.map(({ path }) => path), "/openapi.json"];
  assert.ok(referred.length >= 5);
  for (const to of referred) assert.ok(served.includes(to), `the page refers to ${to}`);
});

Deno.test("/docs is for people: not in the document, other methods get 405, foreign hosts 403", async () => {
  const { paths } = await (await app.request("/openapi.json")).json() as { paths: Record<string, unknown> };
  for (const { path } of DOCS_PAGE) {
    assert.ok(!(path in paths), path);
    const posted = await app.request(path, { method: "POST" });
    assert.deepEqual([posted.status, posted.headers.get("Allow")], [405, "GET, HEAD, OPTIONS"], path);
    assert.equal(posted.headers.get("Content-Type"), "application/problem+json");
    assert.equal((await app.request(path, { headers: { Host: "rebound.example" } })).status, 403);
    assert.equal((await app.request(path, { headers: { Origin: "https://rebound.example" } })).status, 403);
  }
});

Deno.test("nothing else of the package or the disk is reached below /docs", async () => {
  // Raw, over a socket: URL parsers resolve dots before a request is made of them.
  const server = await serve((asked) => app.fetch(asked), { hostname: "127.0.0.1", port: 0 });
  try {
    const status = (path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: "127.0.0.1", port: server.port, path, agent: false }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode));
        }).on("error", reject).end();
      });
    assert.equal(await status("/docs/page.js"), 200);
    const outside = [
      "/docs/package.json",
      "/docs/index.html",
      "/docs/swagger-ui-bundle.js.map",
      "/docs/../deno.json",
      "/docs/../docs/../deno.json",
      "/docs/page.js/../package.json",
      "/docs/..%2f..%2fdeno.json",
      "/docs/%2e%2e/%2e%2e/deno.json",
      "/docs/..\\..\\deno.json",
      "/docs/....//deno.json",
      "/docs//etc/passwd",
      "/docs/%00",
      "/docs/",
    ];
    for (const path of outside) assert.equal(await status(path), 404, path);
  } finally {
    await server.shutdown();
  }
});
