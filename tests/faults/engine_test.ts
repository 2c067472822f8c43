import assert from "node:assert/strict";
import { type RunningService, runService } from "../service/running_service.ts";

/** Whole answers or typed refusals with Retry-After: what a client may see while the engine dies and comes back. */
async function settled(response: Response): Promise<"answered" | "refused"> {
  const text = await response.text();
  if (response.status === 200) {
    JSON.parse(text);
    return "answered";
  }
  assert.equal(response.status, 503, text);
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
  assert.equal(JSON.parse(text).type, "urn:midstream:problem:engine-unavailable");
  assert.match(response.headers.get("Retry-After")!, /^[1-9]\d?$/);
  return "refused";
}

/** A batch of which the engine is killed while it runs. */
const PROMPTS = Array.from(
  { length: 64 },
  (_, at) => Array.from({ length: 64 }, (_, token) => 3 + (at * 64 + token) % 500),
);
const BATCH = { prompts: PROMPTS, top_k: 3 };

async function ready(running: RunningService): Promise<Response> {
  return await fetch(`${running.url}/readyz`);
}

async function recovered(running: RunningService, old: number): Promise<void> {
  for (;;) {
    const response = await ready(running);
    await response.body?.cancel();
    if (response.status === 200 && running.service.engine.pid !== old) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("kill -9 of the engine during batches and probes of many: each is answered whole or refused, and it comes back", async () => {
  await using running = await runService(["--parallel", "8"]);
  const refusedAfterKills: number[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const pid = running.service.engine.pid!;
    const asked = Array.from(
      { length: 12 },
      (_, at) =>
        at % 3 === 0
          ? running.post("/probe/batch", BATCH)
          : running.post("/probe", { prompt: PROMPTS[at + kill], positions: "all", top_k: 5 }),
    );
    const stream = running.post("/probe/batch/stream", BATCH).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 30 + 40 * kill));
    Deno.kill(pid, "SIGKILL");
    const outcomes = await Promise.all(asked.map(async (one) => await settled(await one)));
    refusedAfterKills.push(outcomes.filter((outcome) => outcome === "refused").length);
    const last = JSON.parse((await stream).trimEnd().split("\n").at(-1)!);
    if (last.type === "error") assert.equal(last.problem.type, "urn:midstream:problem:engine-unavailable");
    else if ("type" in last && last.type !== "end") assert.equal(last.type, "urn:midstream:problem:engine-unavailable");
    await recovered(running, pid);
    assert.equal(await settled(await running.post("/probe", { prompt: PROMPTS[0], top_k: 1 })), "answered");
  }
  assert.ok(refusedAfterKills.some((refused) => refused > 0), "no kill met a request");
});
