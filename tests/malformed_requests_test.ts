import assert from "node:assert/strict";
import { testApp } from "../routes/testing/test_app.ts";
import { runMalformed } from "./fuzz/requests.ts";

const CASES = 20_000;
const SEED = 20_261_124;
const MAX_BODY_BYTES = 1_000_000;

Deno.test(`the service refuses what is malformed and goes on: ${CASES} requests by seed ${SEED}`, async () => {
  const { app, post } = await testApp({ settings: { maxBodyBytes: MAX_BODY_BYTES } });
  const ask = async () =>
    (await (await post("/probe", { prompt: " Once upon a time", top_k: 3, track: [" Lily"] })).json()).readouts;
  const expected = await ask();
  const counts = await runMalformed({
    send: async (request) => await app.request(request),
    cases: CASES,
    seed: SEED,
    maxBodyBytes: MAX_BODY_BYTES,
    goodProbe: async () => assert.deepEqual(await ask(), expected),
  });
  console.log(counts);
  assert.equal(counts.accepted + counts.refused, CASES);
  // A generator that only makes rubbish, or none, would prove nothing.
  assert.ok(counts.accepted > CASES / 20 && counts.refused > CASES / 3);
});
