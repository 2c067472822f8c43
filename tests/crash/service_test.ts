import assert from "node:assert/strict";
import { crashService } from "./service.ts";

Deno.test("the service stands kill -9 while jobs run and lenses are uploaded: what it acknowledged is kept", async () => {
  const { kills, jobs, prompts } = await crashService({ kills: 3, seed: 1 });
  assert.equal(kills, 3);
  assert.ok(jobs > 0 && prompts > 0, JSON.stringify({ jobs, prompts }));
});
