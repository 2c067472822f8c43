import assert from "node:assert/strict";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { type ServiceProcess, serviceProcess } from "./service_process.ts";

const IDS = (turn: number) => Array.from({ length: 128 }, (_, at) => 3 + (turn * 131 + at * 7) % 4000);
const probe = (turn: number) => ({ prompt: IDS(turn), positions: "all", top_k: 3 });

/** @returns what became of it: whole, refused as the service stops, or not taken at all */
async function outcome(asked: Promise<Response>): Promise<"whole" | "draining" | "not taken"> {
  const response = await asked.catch(() => null);
  if (response === null) return "not taken";
  const text = await response.text();
  if (response.status === 200) {
    const last = JSON.parse(text.trimEnd().split("\n").at(-1)!);
    if (!("type" in last) || last.type === "end") return "whole";
    assert.equal(last.problem.type, "urn:midstream:problem:draining");
    return "draining";
  }
  assert.deepEqual([response.status, JSON.parse(text).type], [503, "urn:midstream:problem:draining"], text);
  assert.match(response.headers.get("Retry-After")!, /^[1-9]\d*$/);
  return "draining";
}

const ended = async (service: ServiceProcess) => {
  const { code, signal } = await service.ended;
  return { code, signal };
};

Deno.test("SIGTERM under load: what was taken is finished, what comes is refused with Retry-After, and the exit is clean", async () => {
  await using data = await TemporaryFolder.make();
  await using service = await serviceProcess(data.path);
  const taken = Array.from(
    { length: 24 },
    (_, turn) => outcome(service.post(turn % 2 === 0 ? "/probe" : "/probe/stream", probe(turn))),
  );
  const figure = (metrics: string, name: string) => Number(metrics.match(new RegExp(`^${name} (\\d+)$`, "m"))![1]);
  let inside = 0;
  while (inside < 10) {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    inside = figure(metrics, "midstream_running") + figure(metrics, "midstream_queue_waiting");
  }
  const began = performance.now();
  service.kill("SIGTERM");
  while (!service.said.some((line) => /taking nothing new/.test(line))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const refused = await outcome(service.post("/probe", probe(100)));
  assert.notEqual(refused, "whole");
  const outcomes = await Promise.all(taken);
  // Those that were not inside yet may have been refused.
  assert.ok(outcomes.filter((outcome) => outcome === "whole").length >= inside, outcomes.join());
  assert.ok(outcomes.every((outcome) => outcome !== "not taken"), outcomes.join());
  assert.deepEqual(await ended(service), { code: 0, signal: null });
  assert.ok(performance.now() - began < 30_000);
});

Deno.test("SIGTERM during a job: it is parked, and the next process ends it, each prompt once and in order", async () => {
  await using data = await TemporaryFolder.make();
  const prompts = Array.from({ length: 150 }, (_, turn) => IDS(turn));
  let id: string;
  let done: number;
  {
    await using first = await serviceProcess(data.path);
    const made = await first.post("/jobs", { prompts, top_k: 1 });
    assert.equal(made.status, 202);
    id = (await made.json()).id;
    for (done = 0; done === 0;) done = (await (await fetch(`${first.url}/jobs/${id}`)).json()).done;
    first.kill("SIGTERM");
    assert.deepEqual(await ended(first), { code: 0, signal: null });
  }
  await using second = await serviceProcess(data.path);
  for (let state = ""; state !== "succeeded";) {
    const job = await (await fetch(`${second.url}/jobs/${id}`)).json();
    assert.ok(job.done >= done, `${job.done} of what were ${done}`);
    assert.notEqual(job.state, "failed", job.error);
    state = job.state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const result = await fetch(`${second.url}/jobs/${id}/result`, { headers: { Accept: "application/x-ndjson" } });
  const lines = (await result.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ index }) => index), prompts.map((_, at) => at));
});
