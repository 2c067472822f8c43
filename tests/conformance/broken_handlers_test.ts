import assert from "node:assert/strict";
import type { Json } from "../../openapi/json.ts";
import { clientOf } from "./client.ts";
import { demoService } from "./demo_service.ts";
import { ServedDocument, servedDocument } from "./document/served_document.ts";
import { runConformance } from "./run_conformance.ts";
import { shelf, SHELF_KEY, type ShelfFault } from "./testing/shelf.ts";
import { SHELF_DOCUMENT } from "./testing/shelf_document.ts";

/** Checks that fail where a shelf has that fault. */
const CAUGHT_BY: Readonly<Record<ShelfFault, string>> = {
  fails: "not_a_server_error",
  statusUndocumented: "status_code_conformance",
  wrongMediaType: "content_type_conformance",
  headerMissing: "response_headers_conformance",
  headerMalformed: "response_headers_conformance",
  memberDropped: "response_schema_conformance",
  frameMalformed: "response_schema_conformance",
  streamCut: "response_schema_conformance",
  boundIgnored: "negative_data_rejection",
  unknownMemberTaken: "negative_data_rejection",
  malformedJsonTaken: "negative_data_rejection",
  mediaTypeIgnored: "negative_data_rejection",
  patternIgnored: "negative_data_rejection",
  rightRefused: "positive_data_acceptance",
  reasonNotNeeded: "missing_required_header",
  everyMethod: "unsupported_method",
  allowMissing: "unsupported_method",
  keptAfterDeletion: "use_after_free",
  lostAfterCreation: "ensure_resource_availability",
  noteLostAfterCreation: "ensure_resource_availability",
  keyNotAsked: "ignored_auth",
};

async function checksFailed(fault?: ShelfFault): Promise<string[]> {
  const through = shelf(fault);
  const { failures } = await runConformance({
    document: new ServedDocument(SHELF_DOCUMENT),
    client: clientOf("http://shelf", SHELF_KEY, through),
    anonymous: clientOf("http://shelf", {}, through),
    cases: 400,
    seed: 1,
  });
  return [...new Set(failures.map(({ check }) => check))];
}

Deno.test("runConformance() finds nothing against a service that keeps to its document", async () => {
  assert.deepEqual(await checksFailed(), []);
});

for (const [fault, check] of Object.entries(CAUGHT_BY)) {
  Deno.test(`runConformance() catches a handler with the fault ${fault} by ${check}`, async () => {
    const failed = await checksFailed(fault as ShelfFault);
    assert.ok(failed.includes(check), `failed: ${failed.join(", ") || "nothing"}`);
  });
}

/** What stands between the real service and the test, and breaks its answers to POST /probe. */
const BROKEN: readonly [title: string, check: string, (request: Request) => Promise<Response>][] = [
  ["a member dropped", "response_schema_conformance", (request) =>
    changed(request, async (response) => {
      if (response.headers.get("content-type") !== "application/json") return response;
      const { usage: _, ...answer } = await response.json() as Json;
      return Response.json(answer, { headers: response.headers });
    })],
  [
    "a status undocumented",
    "status_code_conformance",
    (request) => changed(request, ({ ok, body, headers }) => new Response(body, { status: ok ? 203 : 422, headers })),
  ],
  ["a bound ignored", "negative_data_rejection", async (request) => {
    if (request.method !== "POST") return await fetch(request);
    const body = await request.text();
    const generous = body.replace(/"top_k":101\b/, '"top_k":100');
    return await fetch(request.url, { method: request.method, headers: request.headers, body: generous });
  }],
  ["a header missing", "response_headers_conformance", (request) =>
    changed(request, (response) => {
      response.headers.delete("x-request-id");
      return response;
    })],
  ["a media type wrong", "content_type_conformance", (request) =>
    changed(request, (response) => {
      response.headers.set("content-type", "text/html");
      return response;
    })],
];

async function changed(request: Request, change: (response: Response) => Response | Promise<Response>) {
  const response = await fetch(request);
  // Only what this test is about; what the service refuses by itself stays.
  if (request.method !== "POST") return response;
  return await change(new Response(response.body, response));
}

Deno.test("the conformance test catches each way to break the real service's answers", async (test) => {
  await using demo = await demoService();
  const { json } = await servedDocument(clientOf(demo.url));
  const document = new ServedDocument({ ...json, paths: { "/probe": (json.paths as Json)["/probe"]! } });
  for (const [title, check, through] of BROKEN) {
    await test.step(title, async () => {
      const client = clientOf(demo.url, {}, through);
      const { failures } = await runConformance({ document, client, anonymous: client, cases: 300, seed: 1 });
      assert.ok(failures.some((failure) => failure.check === check), JSON.stringify(failures));
    });
  }
});
