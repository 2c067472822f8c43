import assert from "node:assert/strict";
import { Admission } from "../lab/admission/admission.ts";
import { testApp } from "./testing/test_app.ts";

const BODIES = {
  "/probe": { prompt: [1, 5, 9] },
  "/activations": { prompt: [1, 5, 9], sites: ["resid_post"], layers: [0] },
};

for (const [path, body] of Object.entries(BODIES)) {
  Deno.test(`POST ${path} that the queue refuses keeps none of its key's places`, async () => {
    const admission = new Admission({ places: 0, parallel: 1 });
    const { app } = await testApp({
      admission,
      gate: {
        keyring: { authenticate: () => ({ id: "ann", role: "read", quotas: { requestsInFlight: 1 } }) },
        attempts: { add: () => 0 },
      },
    });
    const ask = async () => {
      const response = await app.request(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Authorization": "Bearer x" },
        body: JSON.stringify(body),
      });
      const bytes = await response.arrayBuffer();
      return response.ok ? "served" : JSON.parse(new TextDecoder().decode(bytes)).type.split(":").at(-1);
    };
    // The first of another fills the one place to run in, and there is none to wait in.
    const others = { key: "bob", cost: { tokens: 1, rows: 1 } };
    const never = new AbortController().signal;
    const running = [await admission.enter(others, never), await admission.enter({ ...others, key: "eve" }, never)];
    assert.deepEqual([await ask(), await ask()], ["queue-full", "queue-full"]);
    for (const permit of running) permit.release();
    assert.deepEqual([await ask(), await ask()], ["served", "served"]);
  });
}
