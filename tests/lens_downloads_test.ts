import assert from "node:assert/strict";
import { DEMO, GOLDEN } from "./service/golden_files.ts";
import { runService } from "./service/running_service.ts";
import { parseSafetensors, readSafetensors } from "./service/safetensors.ts";

const MODEL = ["--model", `${GOLDEN}/architectures/llama-mha-untied`];
const TRANSPOSED = await Deno.readFile(`${GOLDEN}/lenses/tuned/transposed/params.pt`);

Deno.test("GET /lenses/{id}/weights gives the bytes as uploaded, whole, in ranges, and converted", async () => {
  await using running = await runService(MODEL);
  assert.equal((await running.put("mine", TRANSPOSED)).status, 201);
  const get = async (query = "", headers: Record<string, string> = {}, method = "GET") => {
    const response = await fetch(`${running.url}/lenses/mine/weights${query}`, { method, headers });
    return { status: response.status, headers: response.headers, bytes: await response.bytes() };
  };
  const whole = await get();
  assert.deepEqual(whole.bytes, TRANSPOSED);
  assert.equal(whole.headers.get("Content-Length"), String(TRANSPOSED.length));
  assert.equal(whole.headers.get("Accept-Ranges"), "bytes");
  assert.equal(whole.headers.get("Content-Disposition"), 'attachment; filename="mine.pt"');

  const converted = await get("?format=safetensors");
  assert.equal(converted.headers.get("Content-Disposition"), 'attachment; filename="mine.safetensors"');
  assert.notEqual(converted.headers.get("ETag"), whole.headers.get("ETag"));
  const found = parseSafetensors(converted.bytes);
  const expected = readSafetensors(`${GOLDEN}/lenses/tuned/safetensors/params.safetensors`);
  assert.deepEqual([...found.names].sort(), [...expected.names].sort());
  for (const name of expected.names) assert.deepEqual(found.get(name), expected.get(name), name);

  for (const [query, { bytes, headers }] of [["", whole], ["?format=safetensors", converted]] as const) {
    const etag = headers.get("ETag")!;
    const size = bytes.length;
    for (const [from, to] of [[0, 1], [7, 5000], [size - 9, size], [100, size - 100]] as const) {
      const part = await get(query, { Range: `bytes=${from}-${to - 1}` });
      assert.equal(part.status, 206);
      assert.equal(part.headers.get("Content-Range"), `bytes ${from}-${to - 1}/${size}`);
      assert.equal(part.headers.get("Content-Length"), String(to - from));
      assert.deepEqual(part.bytes, bytes.slice(from, to));
    }
    const suffix = await get(query, { Range: "bytes=-10", "If-Range": etag });
    assert.deepEqual([suffix.status, suffix.bytes], [206, bytes.slice(-10)]);
    const older = await get(query, { Range: "bytes=-10", "If-Range": '"another"' });
    assert.deepEqual([older.status, older.bytes.length], [200, size]);
    const beyond = await get(query, { Range: `bytes=${size}-` });
    assert.deepEqual([beyond.status, beyond.headers.get("Content-Range")], [416, `bytes */${size}`]);
    const known = await get(query, { "If-None-Match": etag });
    assert.deepEqual([known.status, known.bytes.length, known.headers.get("ETag")], [304, 0, etag]);
    const head = await get(query, { Range: "bytes=0-1" }, "HEAD");
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    assert.equal(head.headers.get("Content-Length"), String(size));
  }
  assert.equal((await get("?format=onnx")).status, 422);
});

Deno.test("a converted lens, uploaded again, says the same of every cell", async () => {
  await using running = await runService(MODEL);
  await running.put("one", TRANSPOSED);
  const converted = await (await fetch(`${running.url}/lenses/one/weights?format=safetensors`)).bytes();
  assert.equal((await running.put("two", converted)).status, 201);
  const answer = await running.json<{ readouts: { lens: string; top: unknown }[] }>("/probe", {
    prompt: [5, 6, 7],
    lenses: ["one", "two"],
    sites: ["resid_pre", "resid_post"],
    positions: "all",
  });
  const of = (lens: string) => answer.readouts.filter((it) => it.lens === lens).map((it) => ({ ...it, lens: "" }));
  // They are other rows of the same products, which may be summed in another order: float32's last digit.
  assertAlike(of("one"), of("two"), 2e-6);
});

Deno.test("lenses of the process are listed, downloaded and read, and cannot be changed", async () => {
  await using running = await runService();
  const response = await fetch(`${running.url}/lenses`);
  const etag = response.headers.get("ETag")!;
  const { lenses } = await response.json();
  assert.deepEqual(
    lenses.map((it: Record<string, unknown>) => [it.id, it.kind, it.built_in, it.persistent]),
    [["logit", "logit", true, true], ["jacobian", "jacobian", false, false], ["tuned", "tuned", false, false]],
  );
  assert.equal((await fetch(`${running.url}/lenses`, { headers: { "If-None-Match": etag } })).status, 304);
  const logit = await (await fetch(`${running.url}/lenses/logit`)).json();
  assert.deepEqual(logit, lenses[0]);
  assert.equal((await fetch(`${running.url}/lenses/logit/weights`)).status, 404);
  const weights = await fetch(`${running.url}/lenses/jacobian/weights`);
  assert.deepEqual(await weights.bytes(), await Deno.readFile(`${DEMO}/lenses/jacobian.pt`));
  const tuned = await Deno.readFile(`${DEMO}/lenses/tuned/params.pt`);
  const tries = [
    await running.put("tuned", tuned),
    await running.post("/lenses/tuned", { note: "x" }, { method: "PATCH" }),
    await fetch(`${running.url}/lenses/tuned`, { method: "DELETE" }),
  ];
  for (const tried of tries) {
    assert.equal(tried.status, 409);
    assert.match((await tried.json()).detail, /given when the service started/);
  }
  // Uploaded ones stand beside them.
  assert.equal((await running.put("mine", tuned)).status, 201);
});

/** The same members, and numbers that differ by at most `tolerance` of themselves. */
function assertAlike(found: unknown, expected: unknown, tolerance: number, at = ""): void {
  if (typeof expected === "number") {
    assert.ok(Math.abs(Number(found) - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${at}: ${found}`);
    return;
  }
  if (expected === null || typeof expected !== "object") return assert.equal(found, expected, at);
  assert.deepEqual(Object.keys(found as object), Object.keys(expected), at);
  for (const [name, value] of Object.entries(expected)) {
    assertAlike((found as Record<string, unknown>)[name], value, tolerance, `${at}/${name}`);
  }
}
