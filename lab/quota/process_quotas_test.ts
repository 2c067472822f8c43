import assert from "node:assert/strict";
import fc from "fast-check";
import type { Caller } from "../keys/caller.ts";
import { ProcessQuotas } from "./process_quotas.ts";
import { QuotaUsedUp } from "./quotas.ts";

const caller = (quotas: Caller["quotas"], id = "ann"): Caller => ({ id, role: "read", quotas });

async function refusal(promise: Promise<unknown>): Promise<QuotaUsedUp> {
  const error = await promise.then(() => assert.fail("not refused"), (error) => error);
  assert.ok(error instanceof QuotaUsedUp);
  return error;
}

Deno.test("ProcessQuotas spends tokens and rows, both or nothing, and says exactly when there is enough", async () => {
  let now = 0;
  const ledger = new ProcessQuotas(() => now);
  const ann = caller({ promptTokensPerMinute: 600, rowsPerMinute: 60 });
  await ledger.spend(ann, { tokens: 500, rows: 10 });
  const error = await refusal(ledger.spend(ann, { tokens: 200, rows: 50 }));
  assert.equal(error.retryAfterSeconds, 10);
  assert.match(error.message, /key ann has used up its 600 prompt tokens a minute: wait 10 s/);
  assert.deepEqual((await ledger.states(ann)).map(({ remaining }) => remaining), [100, 50]);
  now = 9_999;
  await refusal(ledger.spend(ann, { tokens: 200, rows: 50 }));
  now = 10_000;
  await ledger.spend(ann, { tokens: 200, rows: 50 });
  assert.equal((await refusal(ledger.spend(ann, { tokens: 0, rows: 11 }))).retryAfterSeconds, 1);
});

Deno.test("ProcessQuotas lets what is larger than a minute through when the bucket is full, and then makes it wait", async () => {
  let now = 0;
  const ledger = new ProcessQuotas(() => now);
  const ann = caller({ promptTokensPerMinute: 100 });
  await ledger.spend(ann, { tokens: 300, rows: 0 });
  assert.equal((await refusal(ledger.spend(ann, { tokens: 1, rows: 0 }))).retryAfterSeconds, 121);
  await refusal(ledger.enter(ann));
  now = 121_000;
  await ledger.spend(ann, { tokens: 1, rows: 0 });
});

Deno.test("ProcessQuotas holds requests in flight, each key its own", async () => {
  const ledger = new ProcessQuotas();
  const ann = caller({ requestsInFlight: 2 });
  const held = [await ledger.enter(ann), await ledger.enter(ann)];
  await refusal(ledger.enter(ann));
  await ledger.enter(caller({ requestsInFlight: 1 }, "bob"));
  await held[0]![Symbol.asyncDispose]();
  await held[0]![Symbol.asyncDispose](); // once more frees nothing
  await ledger.enter(ann);
  await refusal(ledger.enter(ann));
  assert.deepEqual((await ledger.states(ann)).map(({ name, remaining }) => [name, remaining]), [[
    "requests-in-flight",
    0,
  ]]);
});

Deno.test("ProcessQuotas of a key without bounds spends nothing and tells nothing", async () => {
  const ledger = new ProcessQuotas();
  await ledger.spend(caller({}), { tokens: 1e9, rows: 1e9 });
  assert.deepEqual(await ledger.states(caller({})), []);
});

Deno.test("ProcessQuotas gives no more than burst and rate, and whoever comes when told is served", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.nat(400), { maxLength: 30 }),
      async (size, amounts) => {
        let now = 0;
        let spent = 0;
        const ledger = new ProcessQuotas(() => now);
        const ann = caller({ promptTokensPerMinute: size });
        for (const amount of amounts.map((amount) => Math.min(amount, size))) {
          const cost = { tokens: amount, rows: 0 };
          await ledger.spend(ann, cost).catch(async (error: QuotaUsedUp) => {
            now += error.retryAfterSeconds * 1000;
            await ledger.spend(ann, cost);
          });
          spent += amount;
          assert.ok(spent <= size * (1 + now / 60_000) + 1e-6);
        }
      },
    ),
    { seed: 8, numRuns: 200 },
  );
});

Deno.test("ProcessQuotas of nothing lets nothing through", async () => {
  const ledger = new ProcessQuotas();
  const none = caller({ rowsPerMinute: 0 });
  assert.equal((await refusal(ledger.spend(none, { tokens: 5, rows: 1 }))).retryAfterSeconds, 60);
  await ledger.spend(none, { tokens: 5, rows: 0 });
});
