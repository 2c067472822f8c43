import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { GOLDEN } from "./service/golden_files.ts";
import { type RunningService, runService } from "./service/running_service.ts";

const MODEL = ["--model", `${GOLDEN}/architectures/llama-mha-untied`];
const FP32 = await Deno.readFile(`${GOLDEN}/lenses/tuned/fp32/params.pt`);
const FP16 = await Deno.readFile(`${GOLDEN}/lenses/tuned/fp16/params.pt`);
const JACOBIAN = await Deno.readFile(`${GOLDEN}/lenses/jacobian/all-layers.pt`);
const CONFIG = await Deno.readTextFile(`${GOLDEN}/lenses/tuned/fp32/config.json`);

const sha256 = (bytes: Uint8Array, encoding: "hex" | "base64") => createHash("sha256").update(bytes).digest(encoding);
const etag = (bytes: Uint8Array) => `"${sha256(bytes, "hex")}"`;

/** Status, kind of problem (or undefined), and the answer. */
async function outcome(response: Response | Promise<Response>) {
  const answered = await response;
  const text = await answered.text();
  const body = text === "" ? undefined : JSON.parse(text);
  return { status: answered.status, problem: body?.type?.split(":").at(-1), body, headers: answered.headers };
}

/** A stream of `bytes` in small pieces: fetch sends it without Content-Length. */
function streamed(bytes: Uint8Array, failAfter = Infinity): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= failAfter) return controller.error(new Error("broken off"));
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += 4096));
    },
  });
}

const left = ({ data }: RunningService, folder: string) =>
  [...Deno.readDirSync(`${data}/lenses/${folder}`)].map(({ name }) => name);

Deno.test("PUT /lenses/{id}: new is 201, again is 200, others' bytes replace; with a length and without", async () => {
  await using running = await runService(MODEL);
  const first = await outcome(running.put("mine", streamed(FP32)));
  assert.equal(first.status, 201, first.body?.detail);
  assert.equal(first.headers.get("Location"), "/lenses/mine");
  assert.equal(first.headers.get("ETag"), etag(FP32));
  assert.deepEqual(
    { ...first.body, created_at: null, match_reason: null, warnings: null },
    {
      id: "mine",
      kind: "tuned",
      built_in: false,
      persistent: true,
      layers: [0, 1, 2, 3],
      d_model: 48,
      dtype: "F32",
      bytes: FP32.length,
      sha256: sha256(FP32, "hex"),
      created_at: null,
      model_match: "shape",
      match_reason: null,
      unembed_hash_match: "unknown",
      reading: "tuned_lens",
      capture_point: null,
      target_layer: null,
      dialect: "tuned-lens",
      provenance: {},
      note: null,
      owner: null,
      shared: true,
      warnings: null,
    },
  );
  assert.ok(Math.abs(Date.parse(first.body.created_at) - Date.now()) < 60_000);
  const again = await outcome(running.put("mine", FP32));
  assert.equal(again.status, 200);
  assert.equal(again.body.created_at, first.body.created_at);
  const replaced = await outcome(running.put("mine", FP16, { query: "?note=half&shared=false" }));
  assert.equal(replaced.status, 200);
  assert.deepEqual([replaced.body.dtype, replaced.body.note, replaced.body.shared], ["F16", "half", false]);
  assert.deepEqual(left(running, "blobs").length, 1);
  const listed = await outcome(fetch(`${running.url}/lenses`));
  assert.deepEqual(listed.body.lenses.map((it: { id: string }) => it.id), ["logit", "mine"]);
});

Deno.test("PUT /lenses/{id}: preconditions and announced digests are held to", async () => {
  await using running = await runService(MODEL);
  const put = async (bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>, query = "") => {
    const { status, problem } = await outcome(running.put("mine", bytes, { headers, query }));
    return problem ?? status;
  };
  const digest = (bytes: Uint8Array) => `sha-256=:${sha256(bytes, "base64")}:`;
  assert.equal(await put(FP32, { "If-Match": "*" }), "precondition-failed");
  assert.equal(await put(FP32, { "Repr-Digest": digest(FP16) }), "digest-mismatch");
  assert.equal(await put(FP32, {}, `?sha256=${sha256(FP16, "hex")}`), "digest-mismatch");
  assert.deepEqual([left(running, "ids"), left(running, "blobs"), left(running, "incoming")], [[], [], []]);
  assert.equal(await put(FP32, { "If-None-Match": "*", "Repr-Digest": digest(FP32) }), 201);
  assert.equal(await put(FP16, { "If-None-Match": "*" }), "precondition-failed");
  assert.equal(await put(FP16, { "If-Match": etag(FP16) }), "precondition-failed");
  assert.equal(await put(FP16, { "If-Match": `"x", ${etag(FP32)}` }, `?sha256=${sha256(FP16, "hex")}`), 200);
  const info = await outcome(fetch(`${running.url}/lenses/mine`));
  assert.equal(info.headers.get("ETag"), etag(FP16));
  const unchanged = await fetch(`${running.url}/lenses/mine`, { headers: { "If-None-Match": etag(FP16) } });
  assert.equal(unchanged.status, 304);
  assert.equal(await unchanged.text(), "");
});

Deno.test("PUT /lenses/{id} refuses ids, types, queries and ranges that are none, naming them", async () => {
  await using running = await runService(MODEL);
  const cases: [string, RequestInit & { query?: string }, number, string][] = [
    ["logit", {}, 409, "conflict"],
    ["Mine", {}, 422, "invalid-request"],
    [".mine", {}, 422, "invalid-request"],
    ["a%2fb", {}, 422, "invalid-request"],
    ["x".repeat(65), {}, 422, "invalid-request"],
    ["mine", { headers: { "Content-Type": "application/x-www-form-urlencoded" } }, 415, "unsupported-media-type"],
    ["mine", { headers: { "Content-Encoding": "gzip" } }, 415, "unsupported-media-type"],
    ["mine", { headers: { "Content-Range": "bytes 0-9/100" } }, 400, "malformed-request"],
    ["mine", { headers: { "Repr-Digest": "sha-256=x" } }, 422, "invalid-request"],
    ["mine", { query: "?sha256=abc" }, 422, "invalid-request"],
    ["mine", { query: "?reading=upside_down" }, 422, "invalid-request"],
    ["mine", { query: "?shared=perhaps" }, 422, "invalid-request"],
    ["mine", { query: "?target_layer=last" }, 422, "invalid-request"],
    ["mine", { query: "?name=x" }, 422, "invalid-request"],
    ["mine", { query: "?note=a&note=b" }, 422, "invalid-request"],
  ];
  for (const [id, init, status, problem] of cases) {
    const found = await outcome(running.put(id, FP32, init));
    assert.deepEqual([found.status, found.problem], [status, problem], `${id} ${JSON.stringify(init)}`);
    assert.ok(found.body.errors.length > 0, `${id} ${JSON.stringify(init)}`);
  }
  assert.deepEqual([left(running, "ids"), left(running, "incoming")], [[], []]);
});

Deno.test("PUT /lenses/{id}: --max-lens-bytes and --lens-quota-bytes bound what comes, announced or not", async () => {
  await using small = await runService([...MODEL, "--max-lens-bytes", String(FP32.length - 1)]);
  for (const body of [FP32, streamed(FP32)]) {
    const { status, problem } = await outcome(small.put("mine", body));
    assert.deepEqual([status, problem], [413, "lens-too-large"]);
  }
  assert.deepEqual([left(small, "ids"), left(small, "incoming")], [[], []]);
  await using full = await runService([...MODEL, "--lens-quota-bytes", String(FP32.length)]);
  assert.equal((await outcome(full.put("mine", FP32))).status, 201);
  for (const body of [FP16, streamed(FP16)]) {
    const { status, problem } = await outcome(full.put("other", body));
    assert.deepEqual([status, problem], [507, "storage-full"]);
  }
  assert.deepEqual([left(full, "ids").length, left(full, "incoming")], [1, []]);
});

Deno.test("PUT /lenses/{id}: a hang-up in the middle leaves nothing, and what was there stays", async () => {
  await using running = await runService(MODEL);
  assert.equal((await outcome(running.put("mine", FP16))).status, 201);
  const { hostname, port } = new URL(running.url);
  const head = `PUT /lenses/mine HTTP/1.1\r\nHost: localhost\r\n`;
  const sized = `${head}Content-Length: ${FP32.length}\r\n\r\n`;
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${FP32.length.toString(16)}\r\n`;
  for (const start of [sized, chunked]) {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(start));
    await connection.write(FP32.subarray(0, 20_000));
    await until(() => left(running, "incoming").length > 0);
    connection.close();
    await until(() => left(running, "incoming").length === 0);
  }
  await running.put("other", streamed(FP32, 8192)).catch(() => {});
  await until(() => left(running, "incoming").length === 0);
  const { body } = await outcome(fetch(`${running.url}/lenses`));
  assert.deepEqual(body.lenses.map((it: { id: string; sha256: string }) => [it.id, it.sha256]), [
    ["logit", null],
    ["mine", sha256(FP16, "hex")],
  ]);
  assert.equal(left(running, "blobs").length, 1);
});

Deno.test("PUT /lenses/{id}: the request's time counts from the last byte; one that stops coming is a 504", async () => {
  await using running = await runService([...MODEL, "--request-timeout", "1"]);
  const slowly = (bytes: Uint8Array, pauseMs: number, stopAfter = Infinity) => {
    let at = 0;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (at >= stopAfter) return await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at += 10_000));
      },
    });
  };
  const began = performance.now();
  const slow = await outcome(running.put("slow", slowly(FP32, 300)));
  assert.equal(slow.status, 201, slow.body?.detail);
  assert.ok(performance.now() - began > 1200);
  const stalled = await outcome(running.put("stalled", slowly(FP32, 0, 10_000)));
  assert.deepEqual([stalled.status, stalled.problem], [504, "timeout"]);
  await until(() => left(running, "incoming").length === 0);
  assert.deepEqual(left(running, "ids"), ["slow.json"]);
});

/** Looks again until it is so; a test that hangs says so after five seconds. */
async function until(so: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !so();) {
    assert.ok(Date.now() < end, "it did not come about in five seconds");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("PATCH /lenses/{id} changes what is said, and checks a config against the weights", async () => {
  await using running = await runService(MODEL);
  await outcome(running.put("mine", FP32));
  const patch = (body: unknown, headers: Record<string, string> = {}, id = "mine") =>
    outcome(running.post(`/lenses/${id}`, body, { method: "PATCH", headers }));
  const noted = await patch({ note: "step 250", shared: false });
  assert.deepEqual([noted.status, noted.body.note, noted.body.shared], [200, "step 250", false]);
  assert.equal((await patch({ note: null })).body.note, null);
  const config = JSON.parse(CONFIG);
  const named = await patch({ config: { ...config, base_model_name_or_path: "llama-mha-untied" } });
  assert.equal(named.status, 200, named.body.detail);
  assert.equal(named.body.model_match, "exact");
  assert.equal(named.body.unembed_hash_match, true);
  const hashed = await patch({ config: { ...config, base_model_name_or_path: "another/model" } });
  assert.deepEqual([hashed.body.model_match, hashed.body.unembed_hash_match], ["unembedding", true]);
  const another = await patch({ config: { ...config, unembed_hash: "0".repeat(64) } });
  assert.deepEqual([another.body.model_match, another.body.unembed_hash_match], ["shape", false]);
  const wrong = await patch({ config: JSON.stringify({ ...config, d_model: 64 }) });
  assert.deepEqual([wrong.status, wrong.problem], [422, "lens-refused"]);
  assert.match(wrong.body.detail, /d_model/);
  assert.equal((await patch({ note: "x" }, { "If-Match": etag(FP16) })).status, 412);
  assert.equal((await patch({ note: "x" }, { "If-Match": etag(FP32) })).status, 200);
  assert.equal((await patch({ notes: "x" })).problem, "invalid-request");
  assert.equal((await patch({ note: "x" }, {}, "none")).status, 404);
  assert.equal((await patch({ note: "x" }, {}, "logit")).status, 409);
});

Deno.test("DELETE /lenses/{id}: gone at once, for probes too", async () => {
  await using running = await runService(MODEL);
  await outcome(running.put("mine", FP32));
  const remove = (headers: Record<string, string> = {}, id = "mine") =>
    fetch(`${running.url}/lenses/${id}`, { method: "DELETE", headers });
  assert.equal((await outcome(remove({ "If-Match": etag(FP16) }))).status, 412);
  const gone = await remove({ "If-Match": etag(FP32) });
  assert.equal(gone.status, 204);
  assert.equal((await outcome(fetch(`${running.url}/lenses/mine`))).problem, "not-found");
  assert.equal((await outcome(fetch(`${running.url}/lenses/mine/weights`))).problem, "not-found");
  assert.equal((await outcome(remove())).problem, "not-found");
  const probe = await outcome(running.post("/probe", { prompt: [1, 2], lenses: ["mine"] }));
  assert.equal(probe.problem, "unknown-lens");
});

Deno.test("reading, capture_point and target_layer are what the uploader says", async () => {
  await using running = await runService(MODEL);
  const read = await outcome(running.put("old", FP32, { query: "?reading=danyude" }));
  assert.equal(read.body.reading, "danyude");
  const probe = await outcome(
    running.post("/probe", { prompt: [5, 6, 7], lenses: ["old"], layers: [1], top_k: 0 }),
  );
  assert.match(probe.body.readouts[0].warnings[0], /DanYuDE/);
  const query = "?capture_point=block_output&target_layer=2";
  const jacobian = await outcome(running.put("jacobian", JACOBIAN, { query }));
  assert.equal(jacobian.status, 201, jacobian.body.detail);
  assert.deepEqual([jacobian.body.capture_point, jacobian.body.target_layer], ["block_output", 2]);
  assert.match(jacobian.body.warnings.join(), /target_layer is 2/);
});
