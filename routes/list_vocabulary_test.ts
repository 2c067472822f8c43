import assert from "node:assert/strict";
import fc from "fast-check";
import { Problem } from "../openapi/problem.ts";
import { VocabularyPage } from "../openapi/schemas/vocabulary.ts";
import { testApp } from "./testing/test_app.ts";

async function asked() {
  const { app } = await testApp();
  const get = (query: string, headers: Record<string, string> = {}) => app.request(`/vocabulary${query}`, { headers });
  const page = async (query: string) => VocabularyPage.parse(await (await get(query)).json());
  return { get, page };
}

Deno.test("GET /vocabulary finds tokens, each with its piece, text and kind", async () => {
  const { page } = await asked();
  assert.deepEqual(await page("?q=%20Lily"), {
    tokens: [{ id: 9, piece: "▁Lily", text: " Lily", kind: "text" }],
    total: 1,
    cursor: null,
  });
  assert.deepEqual((await page("?q=lily")).tokens.map(({ id }) => id), [9]);
  assert.deepEqual((await page("?q=%3C0x0A")).tokens, [{ id: 3, piece: "<0x0A>", text: "\n", kind: "byte" }]);
  assert.deepEqual((await page("?q=s%3E&match=contains")).tokens.map(({ kind }) => kind), ["special", "special"]);
  assert.deepEqual((await page("?q=%E2%96%81up&match=prefix")).tokens.map(({ piece }) => piece), ["▁upon"]);
  assert.deepEqual(await page("?q=up&match=exact"), { tokens: [], total: 0, cursor: null });
});

Deno.test("GET /vocabulary gives tokens by id in the order asked for, and without a question all of them", async () => {
  const { page } = await asked();
  assert.deepEqual((await page("?ids=9,1,9")).tokens.map(({ piece }) => piece), ["▁Lily", "<s>", "▁Lily"]);
  const first = await page("");
  assert.deepEqual([first.tokens.length, first.total, first.tokens[19]!.id], [20, 48, 19]);
});

Deno.test("the pages of GET /vocabulary together are the whole, each token once", async () => {
  const { page } = await asked();
  for (const question of ["q=o&", ""]) {
    const ids: number[] = [];
    let [cursor, total]: [string | null, number] = ["0", 0];
    while (cursor !== null) {
      const one: VocabularyPage = await page(`?${question}limit=3&cursor=${cursor}`);
      ids.push(...one.tokens.map(({ id }) => id));
      ({ cursor, total } = one);
    }
    assert.deepEqual([ids.length, new Set(ids).size], [total, total]);
    const whole = await page(`?${question}limit=100`);
    assert.deepEqual(whole.tokens.map(({ id }) => id), ids);
  }
  assert.deepEqual((await page("?q=o&cursor=999999999")).tokens, []);
});

Deno.test("GET /vocabulary answers 304 to who has the answer", async () => {
  const { get } = await asked();
  const first = await get("?q=o");
  const etag = first.headers.get("ETag")!;
  assert.equal(first.headers.get("Cache-Control"), "no-cache");
  assert.equal((await get("?q=o", { "If-None-Match": etag })).status, 304);
  assert.equal((await get("?q=on", { "If-None-Match": etag })).status, 200);
});

Deno.test("GET /vocabulary refuses what says nothing, by the parameter's name", async () => {
  const { get } = await asked();
  const refusals: [query: string, type: string, names: string[]][] = [
    ["?q=", "invalid-request", ["q"]],
    [`?q=${"a".repeat(65)}`, "invalid-request", ["q"]],
    ["?q=a&match=regex", "invalid-request", ["match"]],
    ["?limit=101", "invalid-request", ["limit"]],
    ["?cursor=-1", "invalid-request", ["cursor"]],
    ["?ids=1,,2", "invalid-request", ["ids"]],
    [`?ids=${Array(101).fill(1).join(",")}`, "invalid-request", ["ids"]],
    ["?contains=a", "invalid-request", ["contains"]],
    ["?ids=1,48,9999999999", "unknown-token", ["ids", "ids"]],
    ["?ids=1&q=a&limit=2", "conflicting-members", ["q", "limit"]],
    ["?match=exact", "conflicting-members", ["match"]],
  ];
  for (const [query, type, names] of refusals) {
    const response = await get(query);
    assert.equal(response.status, 422, query);
    const problem = Problem.parse(await response.json());
    assert.equal(problem.type, `urn:midstream:problem:${type}`, query);
    assert.deepEqual(problem.errors?.map((it) => [it.in, it.name]), names.map((name) => ["query", name]), query);
  }
});

Deno.test("GET /vocabulary needs a tokenizer, and a model", async () => {
  const without = await testApp({ tokenizer: Promise.resolve({ unavailable: "the model has no tokenizer.json" }) });
  for (const query of ["?q=a", "?ids=1", ""]) {
    const response = await without.app.request(`/vocabulary${query}`);
    assert.equal((await response.json()).type, "urn:midstream:problem:no-tokenizer");
  }
  const loading = await testApp({ tokenizer: new Promise(() => {}) });
  assert.equal((await loading.app.request("/vocabulary?q=a")).status, 503);
});

Deno.test("GET /vocabulary answers whatever is typed with what has it, and logs none of it", async () => {
  const { app, lines } = await testApp();
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), async (q) => {
      if (q.length > 40) return;
      const response = await app.request(`/vocabulary?${new URLSearchParams({ q, limit: "100" })}`);
      assert.equal(response.status, 200);
      const { tokens, total } = VocabularyPage.parse(await response.json());
      assert.equal(tokens.length, total);
      const typed = q.replaceAll(/[▁Ġ]/g, " ").toLowerCase();
      for (const { piece, text } of tokens) {
        assert.ok(
          [text, piece].some((it) => it.toLowerCase().includes(typed) || piece === q),
          JSON.stringify([q, piece]),
        );
      }
    }),
    { numRuns: 300 },
  );
  const q = ".*(a+)+$";
  await app.request(`/vocabulary?${new URLSearchParams({ q })}`);
  assert.ok(!JSON.stringify(lines).includes("(a+)"));
});
