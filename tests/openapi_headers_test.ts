import assert from "node:assert/strict";
import { isObject, type Json } from "../openapi/json.ts";
import { runService } from "./service/running_service.ts";

/** Headers that only answers to a key with quotas carry. */
const OF_KEYS = ["ratelimit", "ratelimit-policy"];

/** Headers of the connection and of the body itself, which OpenAPI leaves to HTTP. */
const OF_HTTP = [
  "content-type",
  "content-length",
  "date",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "content-encoding",
];
const LENS = new URL("../demo/lenses/jacobian.pt", import.meta.url);

Deno.test("every answer has the status, media type and headers that the document says, and no other", async () => {
  await using running = await runService();
  const document = await (await fetch(`${running.url}/openapi.json`)).json() as Json;
  const paths = document.paths as Record<string, Record<string, Json>>;
  const etag = (await fetch(`${running.url}/model`)).headers.get("etag")!;
  const text = { prompt: "Once upon a time", layers: [-1] };
  const wrong = { prompt: "Once", more: 1 };
  const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  const lens = await Deno.readFile(LENS);
  const job = async (prompts: number) => {
    const made = await running.post("/jobs", { prompts: Array(prompts).fill("Once"), layers: [-1] });
    return (await made.json()).id as string;
  };
  const names = { lens_id: "mine", job_id: await job(1), long: await job(2000) };
  const put = (headers: Record<string, string> = {}): RequestInit => ({ method: "PUT", body: lens, headers });
  const asked: [path: string, status: number, request?: RequestInit, address?: string][] = [
    ["/probe", 200, json(text)],
    ["/probe", 200, json(text, { accept: "text/csv" })],
    ["/probe", 422, json(wrong)],
    ["/probe", 415, json(text, { "content-type": "text/plain" })],
    ["/probe", 403, json(text, { origin: "https://lab.example" })],
    ["/probe/estimate", 200, json(text)],
    ["/probe/stream", 200, json(text)],
    ["/probe/batch", 200, json({ prompts: ["Once"], layers: [-1] })],
    ["/probe/batch", 422, json(wrong)],
    ["/probe/batch/stream", 200, json({ prompts: ["Once"], layers: [-1] })],
    ["/activations", 200, json(text)],
    ["/activations", 422, json(wrong)],
    ["/tokenize", 200, json({ prompt: "Once" })],
    ["/tokenize", 400, json(undefined)],
    ["/detokenize", 200, json({ ids: [1, 2] })],
    ["/vocabulary", 200, {}, "/vocabulary?q=%20Lily"],
    ["/vocabulary", 304, { headers: { "if-none-match": "*" } }],
    ["/vocabulary", 422, {}, "/vocabulary?ids=1&q=a"],
    ["/lenses", 200],
    ["/lenses/{lens_id}", 201, put()],
    ["/lenses/{lens_id}", 200, put()],
    ["/lenses/{lens_id}", 412, put({ "if-none-match": "*" })],
    ["/lenses/{lens_id}", 200],
    ["/lenses/{lens_id}", 404, {}, "/lenses/none"],
    ["/lenses/{lens_id}", 200, { ...json({ note: "a" }), method: "PATCH" }],
    ["/lenses/{lens_id}/weights", 200],
    ["/lenses/{lens_id}/weights", 206, { headers: { range: "bytes=0-9" } }],
    ["/lenses/{lens_id}/weights", 416, { headers: { range: "bytes=99999999-" } }],
    ["/lenses/{lens_id}", 204, { method: "DELETE" }],
    ["/imports", 422, json(wrong)],
    ["/jobs/{job_id}", 202, { method: "DELETE" }, `/jobs/${names.long}`],
    ["/jobs", 202, json({ prompts: ["Once"], layers: [-1] })],
    ["/jobs", 422, json(wrong)],
    ["/jobs", 200],
    ["/jobs", 422, {}, "/jobs?limit=0"],
    ["/jobs/{job_id}/events", 200],
    ["/jobs/{job_id}", 200],
    ["/jobs/{job_id}", 404, {}, "/jobs/none"],
    ["/jobs/{job_id}", 200, { ...json({ shared: true }), method: "PATCH" }],
    ["/jobs/{job_id}", 409, { ...json({ paused: true }), method: "PATCH" }],
    ["/jobs/{job_id}/result", 200],
    ["/jobs/{job_id}/result", 200, {}, `/jobs/${names.job_id}/result?format=csv`],
    ["/jobs/{job_id}/result", 206, { headers: { range: "bytes=0-9" } }],
    ["/jobs/{job_id}/result", 304, { headers: { "if-none-match": "*" } }],
    ["/jobs/{job_id}/result", 416, { headers: { range: "bytes=99999999-" } }],
    ["/jobs/{job_id}/result", 422, {}, `/jobs/${names.job_id}/result?format=seed`],
    ["/jobs/{job_id}", 204, { method: "DELETE" }],
    ["/model", 200],
    ["/model", 304, { headers: { "if-none-match": etag } }],
    ["/self-check", 200],
    ["/livez", 200],
    ["/readyz", 200],
    ["/metrics", 200],
    ["/openapi.json", 200],
    ["/openapi.json", 422, {}, "/openapi.json?bounds=all"],
    ["/openapi-3.0.json", 200],
  ];
  const faults: string[] = [];
  const named = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name) => names[name as keyof typeof names]);
  for (const [path, status, request = {}, address = named(path)] of asked) {
    const method = request.method ?? "GET";
    const at = `${method} ${path} ${status}`;
    const response = await fetch(`${running.url}${address}`, request);
    // Whole: the events of a job end with it.
    await response.arrayBuffer();
    assert.equal(response.status, status, at);
    const described = (paths[path]![method.toLowerCase()]!.responses as Record<string, Json>)[status];
    if (!isObject(described)) {
      faults.push(`${at}: the status is not in the document`);
      continue;
    }
    const type = response.headers.get("content-type")?.split(";")[0];
    if (type !== undefined && !(type in (described.content as Json ?? {}))) faults.push(`${at}: ${type}`);
    const declared = Object.keys(described.headers as Json).map((name) => name.toLowerCase());
    const there = [...response.headers.keys()];
    for (const name of declared) {
      if (!there.includes(name) && !OF_KEYS.includes(name)) faults.push(`${at}: ${name} is declared and absent`);
    }
    for (const name of there) {
      if (!declared.includes(name) && !OF_HTTP.includes(name)) faults.push(`${at}: ${name} is not declared`);
    }
  }
  assert.deepEqual(faults, []);

  // A route that is added joins here.
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const covered = asked.map(([path, , request]) => `${request?.method ?? "GET"} ${path}`);
  assert.deepEqual(described.filter((operation) => !covered.includes(operation)), [], "operations that are not asked");
});
