import assert from "node:assert/strict";
import frozen from "../openapi/openapi.json" with { type: "json" };
import type { Json } from "../openapi/json.ts";
import { answeredRoutes, ROUTES_PAGE } from "./route_pages.ts";
import { type AnsweredRoute, type Asked, curlRuns } from "./route_pages/ask.ts";
import { faultsOf } from "./route_pages/compare.ts";
import { routesOf } from "./route_pages/curls.ts";
import { readPage, writePage } from "./route_pages/page.ts";

const ignore = !curlRuns();

Deno.test({
  name: `docs/routes.md has every route, and what it answers now (\`deno task routes\` writes it)${
    ignore ? " (skipped: there is no curl 7.82)" : ""
  }`,
  ignore,
}, async () => {
  const { routes } = await answeredRoutes();
  const page = readPage(await Deno.readTextFile(ROUTES_PAGE));
  const faults = faultsOf(page, routes);
  assert.deepEqual(faults, [], "docs/routes.md is stale: run `deno task routes` and look at the difference");
});

Deno.test("an operation joins the page by itself, or is named where its examples do not do", () => {
  const document = structuredClone(frozen) as unknown as { paths: Record<string, Json> };
  const named = (document: unknown) => routesOf(document as Json).map(({ title, curls }) => [title, ...curls]);
  const of = (operation: Json): Json => ({ tags: ["service"], summary: "A", description: "B.", ...operation });
  const ok: Json = { responses: { 200: { content: { "application/json": {}, "text/csv": {} } } } };
  const before = named(document).length;
  document.paths["/dummies/{dummy_id}"] = {
    get: of({
      operationId: "getDummy",
      parameters: [
        { name: "dummy_id", in: "path", required: true },
        { name: "like", in: "query", example: "a b" },
        { name: "X-Kind", in: "header", example: "it's" },
        { name: "more", in: "query" },
      ],
      ...ok,
    }),
    delete: of({
      operationId: "deleteDummy",
      parameters: [{ name: "dummy_id", in: "path", required: true, example: "mine" }],
      responses: { 204: {} },
    }),
  };
  const bodied = (example: Json) => ({ requestBody: { content: { "application/json": example } } });
  document.paths["/dummies"] = {
    post: of({ operationId: "createDummy", ...ok, ...bodied({ example: { text: "it's" } }) }),
  };
  assert.equal(named(document).length, before + 3);
  assert.deepEqual(named(document).filter(([title]) => title!.includes("/dummies")), [
    [
      "POST /dummies",
      `curl localhost:8000/dummies --json '{"text": "it'\\''s"}'`,
      `curl localhost:8000/dummies -H 'Accept: text/csv' --json '{"text": "it'\\''s"}'`,
    ],
    [
      "GET /dummies/{dummy_id}",
      `curl "localhost:8000/dummies/$dummy_id?like=a%20b" -H 'X-Kind: it'\\''s'`,
      `curl "localhost:8000/dummies/$dummy_id?like=a%20b" -H 'X-Kind: it'\\''s' -H 'Accept: text/csv'`,
    ],
    ["DELETE /dummies/{dummy_id}", "curl -X DELETE localhost:8000/dummies/$dummy_id"],
  ]);
  document.paths["/dummies"]!.post = of({ operationId: "createDummy", ...ok, ...bodied({}) });
  assert.throws(() => named(document), /createDummy has no example of its body/);
});

const asked = (body: unknown, type = "application/json", status = 200): Asked => ({
  curl: "curl localhost:8000/things",
  status,
  type,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const route = (answer: Asked, title = "GET /things"): AnsweredRoute => ({
  title,
  tag: "service",
  prose: "Things. All of them, with `ids`.",
  asked: [answer],
});
/** What a page of one answer says when the route answers another. */
const faults = (was: Asked, is: Asked) => faultsOf(readPage(writePage([route(was)], { service: "" })), [route(is)]);

Deno.test("a page is read as it was written, what is left out of it included", () => {
  const things = { things: Array.from({ length: 40 }, (_, id) => ({ id, text: "x".repeat(500), deep: [[1], [2]] })) };
  assert.deepEqual(faults(asked(things), asked(things)), []);
  const frames = [{ type: "start" }, ...Array.from({ length: 9 }, (_, id) => ({ type: "item", id })), { type: "end" }];
  const stream = frames.map((frame) => JSON.stringify(frame)).join("\n");
  assert.deepEqual(faults(asked(stream, "application/x-ndjson"), asked(stream, "application/x-ndjson")), []);
  const table = asked(`a,b\n${"1,2\n".repeat(30)}`, "text/csv");
  assert.deepEqual(faults(table, table), []);
  assert.deepEqual(faults(asked("", "", 204), asked("", "", 204)), []);
});

Deno.test("a page written again keeps the answers whose shape is the same, and no other", () => {
  const tags = { service: "" };
  const page = (text: string) => readPage(text).map(({ title, asked }) => [title, asked[0]!.body]);
  const before = readPage(writePage([route(asked({ ms: 1 }), "GET /a"), route(asked({ ms: 1 }), "GET /b")], tags));
  const now = [
    route(asked({ ms: 2 }), "GET /a"),
    route(asked({ s: 2 }), "GET /b"),
    route(asked("", "", 204), "GET /c"),
  ];
  assert.deepEqual(page(writePage(now, tags, before)), [["GET /a", '{"ms": 1}'], ["GET /b", '{"s": 2}'], [
    "GET /c",
    "",
  ]]);
  assert.deepEqual(page(writePage(now, tags)), [["GET /a", '{"ms": 2}'], ["GET /b", '{"s": 2}'], ["GET /c", ""]]);
});

Deno.test("other values, more of them and later times are no fault", () => {
  const was = { at: "2026-01-01", ms: 1.5, things: [{ id: 1 }], ids: [1, 2] };
  const is = { at: "2027-01-01", ms: 2, things: [{ id: 7 }, { id: 8 }, { id: 9 }, { id: 9 }], ids: [1] };
  assert.deepEqual(faults(asked(was), asked(is)), []);
});

Deno.test("another shape, status, media type or set of routes is a fault, and named", () => {
  const was = asked({ id: 1, name: "a", things: [{ id: 1, note: null }] });
  const found: [is: Asked, fault: RegExp][] = [
    [asked({ id: 1, things: [{ id: 1, note: null }] }), /\/name is gone$/],
    [asked({ id: 1, name: "a", things: [{ id: 1, note: null }], more: 1 }), /\/more is new$/],
    [asked({ id: "1", name: "a", things: [{ id: 1, note: null }] }), /\/id was a number, now a string$/],
    [asked({ id: 1, name: "a", things: [{ id: 1, note: "b" }] }), /\/things\/0\/note was null, now a string$/],
    [asked({ id: 1, name: "a", things: [] }), /\/things is empty only/],
    [asked({}, "application/json", 201), /answered 200, now 201$/],
    [asked("a", "text/plain"), /answered application\/json, now text\/plain$/],
    [{ ...was, curl: "curl localhost:8000/others" }, /asked by other curls$/],
  ];
  for (const [is, fault] of found) {
    const told = faults(was, is);
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0]!, fault);
  }
  assert.match(
    faults(asked("a,b\r\n1,2", "text/csv"), asked("a,c\r\n1,2", "text/csv")).join(),
    /columns a,b, now a,c$/,
  );
  const [one, two] = ['{"type":"start"}\n{"type":"end"}', '{"type":"start"}\n{"type":"error"}'];
  assert.match(
    faults(asked(one, "application/x-ndjson"), asked(two, "application/x-ndjson")).join(),
    /now start, error$/,
  );
  const within = (inner: object, depth = 8): object => depth === 0 ? inner : { within: within(inner, depth - 1) };
  assert.match(faults(asked(within({ a: 1 })), asked(within({ a: 1, b: 2 }))).join(), / has 1 member, now 2 members$/);
  assert.deepEqual(faultsOf([route(was, "GET /a")], [route(was, "GET /b")]), [
    "GET /a is on the page and not served",
    "GET /b is not on the page",
  ]);
});
