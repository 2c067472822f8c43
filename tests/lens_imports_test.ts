import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { COMMIT_A, TestHub } from "../model/checkpoint/hub/test_hub.ts";
import { GOLDEN } from "./service/golden_files.ts";
import { type RunningService, runService } from "./service/running_service.ts";

const MODEL_FOLDER = `${GOLDEN}/architectures/llama-mha-untied`;
const PARAMS = await Deno.readFile(`${GOLDEN}/lenses/tuned/fp32/params.pt`);
const CONFIG = await Deno.readFile(`${GOLDEN}/lenses/tuned/fp32/config.json`);
const JACOBIAN = await Deno.readFile(`${GOLDEN}/lenses/jacobian/all-layers.pt`);
const SPACE = "spaces/AlignmentResearch/tuned-lens";
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function hubOf(): TestHub {
  const at = (files: Record<string, Uint8Array>) => ({ commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } });
  const lens = "lens/llama-mha-untied";
  return new TestHub([
    { id: SPACE, ...at({ [`${lens}/params.pt`]: PARAMS, [`${lens}/config.json`]: CONFIG }) },
    { id: "neuronpedia/jacobian-lens", ...at({ "tiny/jlens/text/tiny_jacobian_lens.pt": JACOBIAN }) },
    { id: "ada/closed", ...at({ "lens.pt": JACOBIAN }), gated: true },
    { id: "ada/broken", ...at({ "broken.pt": PARAMS.slice(0, 5000) }) },
    { id: "ada/several", ...at({ "a.pt": JACOBIAN, "b.pt": JACOBIAN }) },
  ]);
}

interface Frame {
  readonly type: "progress" | "end" | "error";
  readonly [member: string]: unknown;
}

/** Status, and the frames or the problem. */
async function imported(running: RunningService, body: unknown, init: RequestInit = {}) {
  const response = await running.post("/imports", body, init);
  const text = await response.text();
  if (response.headers.get("Content-Type") !== "application/x-ndjson") {
    return { status: response.status, problem: JSON.parse(text), frames: [] };
  }
  const frames = text.trimEnd().split("\n").map((line): Frame => JSON.parse(line));
  return { status: response.status, problem: frames.at(-1)!["problem"], frames };
}

/** A service beside a hub of its own, with an empty cache. */
async function besideHub(test: (running: RunningService, hub: TestHub) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    await using hub = hubOf();
    await using running = await runService(["--model", MODEL_FOLDER], { HF_HOME: cache, HF_ENDPOINT: hub.endpoint });
    await test(running, hub);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("POST /imports without a source fetches the lens published for the loaded model, its config with it", async () => {
  await besideHub(async (running) => {
    const { status, frames } = await imported(running, {});
    assert.equal(status, 200, JSON.stringify(frames));
    const progress = frames.filter(({ type }) => type === "progress");
    const total = PARAMS.length + CONFIG.length;
    assert.deepEqual(progress.at(-1), { type: "progress", bytes_done: total, bytes_total: total });
    const lens = frames.at(-1)!["lens"] as Record<string, unknown>;
    assert.deepEqual(
      [lens.id, lens.sha256, lens.unembed_hash_match, lens.persistent, lens.note],
      [
        "llama-mha-untied",
        sha256(PARAMS),
        true,
        true,
        `from ${SPACE}@${COMMIT_A}:lens/llama-mha-untied/params.pt`,
      ],
    );
    const answer = await running.json<{ readouts: unknown[] }>("/probe", { prompt: [5, 6], lenses: [lens.id] });
    assert.equal(answer.readouts.length, 4);
  });
});

Deno.test("POST /imports takes a source, a revision and an id; from the cache there is no progress to tell", async () => {
  await besideHub(async (running, hub) => {
    const source = "neuronpedia/jacobian-lens:tiny/jlens/text/tiny_jacobian_lens.pt";
    const first = await imported(running, { source, revision: COMMIT_A, lens_id: "mine" });
    assert.equal((first.frames.at(-1)?.["lens"] as { id: string }).id, "mine", JSON.stringify(first));
    const served = hub.bytesServed;
    const again = await imported(running, { source });
    assert.equal((again.frames.at(-1)?.["lens"] as { id: string }).id, "tiny_jacobian_lens");
    assert.equal(hub.bytesServed, served);
    assert.deepEqual(again.frames.map(({ type }) => type), ["end"]);
  });
});

Deno.test("POST /imports refuses what a hub does not have, keeps to itself, or has not as a lens", async () => {
  await besideHub(async (running) => {
    const cases: [Record<string, unknown>, number, string, RegExp][] = [
      [{ source: "ada/none:lens.pt" }, 422, "not-published", /ada\/none/],
      [{ source: "ada/several" }, 422, "not-published", /a\.pt, b\.pt/],
      [{ source: `${SPACE}:lens/nobody` }, 422, "not-published", /lens\/nobody/],
      [{ source: "ada/closed:lens.pt" }, 424, "hub-failed", /gated: ask for access at/],
      [{ source: "../etc/passwd" }, 422, "not-published", /owner\/name/],
      [{ source: "ada/several:a.pt", revision: "a b" }, 422, "not-published", /revision/],
      [{ source: "ada/several@x:a.pt", revision: "y" }, 422, "not-published", /revision x already/],
      [{ revision: "main" }, 422, "not-published", /name the source/],
      [{ source: "ada/several:a.pt", lens_id: "Mine" }, 422, "invalid-request", /lens_id/],
      [{ sauce: "x" }, 422, "invalid-request", /sauce/],
    ];
    for (const [body, status, problem, detail] of cases) {
      const refused = await imported(running, body);
      assert.equal(refused.status, status, JSON.stringify(refused));
      assert.equal(refused.problem.type, `urn:midstream:problem:${problem}`, JSON.stringify(body));
      assert.match(refused.problem.detail, detail);
    }
    // What came is checked as an upload is; by then there is an answer under way.
    const broken = await imported(running, { source: "ada/broken:broken.pt", lens_id: "broken" });
    assert.equal(broken.problem.status, 422, JSON.stringify(broken));
    assert.match(broken.problem.detail, /truncated|central directory/);
    const { lenses } = await (await fetch(`${running.url}/lenses`)).json();
    assert.deepEqual(lenses.map((it: { id: string }) => it.id), ["logit"]);
  });
});

Deno.test("POST /imports that its client leaves stops, and asked again goes on from the bytes it has", async () => {
  await besideHub(async (running, hub) => {
    const request = { source: "neuronpedia/jacobian-lens:tiny/jlens/text/tiny_jacobian_lens.pt" };
    hub.faults.stall = true;
    const leave = new AbortController();
    const response = await running.post("/imports", request, { signal: leave.signal });
    const reader = response.body!.getReader();
    assert.match(new TextDecoder().decode((await reader.read()).value), /"progress"/);
    for (const end = Date.now() + 5000; hub.bytesServed < JACOBIAN.length >> 1;) {
      assert.ok(Date.now() < end, `the hub was asked for ${hub.bytesServed} bytes`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // What was served should be on disk.
    await new Promise((resolve) => setTimeout(resolve, 200));
    leave.abort();
    await reader.cancel().catch(() => {});
    hub.faults.stall = false;
    const before = hub.bytesServed;
    const { frames } = await imported(running, request);
    assert.equal(frames.at(-1)!.type, "end", JSON.stringify(frames));
    const more = hub.bytesServed - before;
    assert.ok(more > 0 && more < JACOBIAN.length * 0.75, `${more} of ${JACOBIAN.length} bytes came anew`);
  });
});

Deno.test("--lens takes a file, a folder and a source of the hub; --model a model of the hub", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const files: Record<string, Uint8Array> = {};
    for (const { name } of Deno.readDirSync(MODEL_FOLDER)) {
      if (/^(config|model|tokenizer|tokenizer_config)\.(json|safetensors)$/.test(name)) {
        files[name] = await Deno.readFile(`${MODEL_FOLDER}/${name}`);
      }
    }
    const params = { "lens/ada/tiny/params.pt": PARAMS, "lens/ada/tiny/config.json": CONFIG };
    await using hub = new TestHub([
      { id: "ada/tiny", commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } },
      { id: SPACE, commits: { [COMMIT_A]: params }, refs: { main: COMMIT_A } },
    ]);
    const flags = [
      ...["--model", "ada/tiny"],
      ...["--lens", `file=${GOLDEN}/lenses/jacobian/all-layers.pt`],
      ...["--lens", `folder=${GOLDEN}/lenses/tuned/bf16`],
      ...["--lens", `hub=${SPACE}:lens/ada/tiny`],
    ];
    await using running = await runService(flags, { HF_HOME: cache, HF_ENDPOINT: hub.endpoint });
    const model = await (await fetch(`${running.url}/model`)).json();
    assert.equal(model.id, "ada/tiny");
    const { lenses } = await (await fetch(`${running.url}/lenses`)).json();
    assert.deepEqual(
      lenses.map((it: Record<string, unknown>) => [it.id, it.dtype, it.persistent, it.unembed_hash_match]),
      [
        ["logit", null, true, "unknown"],
        ["file", "F16", false, "unknown"],
        ["folder", "BF16", false, true],
        ["hub", "F32", false, true],
      ],
    );
    const ids = ["logit", "file", "folder", "hub"];
    const answer = await running.json<{ readouts: unknown[] }>("/probe", { prompt: [5, 6], lenses: ids });
    assert.equal(answer.readouts.length, 16);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("--lens that is not there, or does not fit, is refused at the start by its id", async () => {
  const model = ["--model", MODEL_FOLDER];
  await assert.rejects(runService([...model, "--lens", "mine=./nothing.pt"]), /--lens mine: there is no file/);
  await assert.rejects(
    runService(["--lens", `mine=${GOLDEN}/lenses/tuned/fp32`]),
    /mine.*\[48, 48\]|\[48, 48\].*\[128, 128\]/,
  );
});
