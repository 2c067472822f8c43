import assert from "node:assert/strict";
import { hasRedis, NEEDS_REDIS, RedisServer } from "../../tests/replicas/redis_server.ts";
import { keptLog } from "../../lens/library/fixtures/small_library.ts";
import { RedisLink } from "../jobs/redis_link.ts";
import type { Caller } from "../keys/caller.ts";
import { QuotaUsedUp } from "./quotas.ts";
import { RedisQuotas } from "./redis_quotas.ts";

const caller = (quotas: Caller["quotas"], id = "ann"): Caller => ({ id, role: "read", quotas });

async function refusal(promise: Promise<unknown>): Promise<QuotaUsedUp> {
  const error = await promise.then(() => assert.fail("not refused"), (error) => error);
  assert.ok(error instanceof QuotaUsedUp, String(error));
  return error;
}

/** As many replicas on one Redis. */
async function replicas(count: number) {
  const owned = new AsyncDisposableStack();
  const server = owned.use(await RedisServer.start());
  const links = Array.from({ length: count }, () => owned.use(new RedisLink(server.url, keptLog())));
  await Promise.all(links.map((link) => link.settled()));
  const quotas = links.map((link) => owned.use(new RedisQuotas(link, "{test}")));
  return { server, links, quotas, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test({
  name: `RedisQuotas are one for all replicas: both tokens and rows are spent, or nothing${NEEDS_REDIS}`,
  ignore: !hasRedis,
  async fn() {
    await using parts = await replicas(2);
    const [one, other] = parts.quotas as [RedisQuotas, RedisQuotas];
    const ann = caller({ promptTokensPerMinute: 600, rowsPerMinute: 60 });
    await one.spend(ann, { tokens: 500, rows: 10 });
    const error = await refusal(other.spend(ann, { tokens: 200, rows: 50 }));
    assert.match(error.message, /key ann has used up its 600 prompt tokens a minute: wait (9|10) s/);
    const states = await other.states(ann);
    assert.ok(states[0]!.remaining >= 100 && states[0]!.remaining < 130, JSON.stringify(states));
    assert.ok(states[1]!.remaining >= 50 && states[1]!.remaining < 54, JSON.stringify(states));
    await other.spend(ann, { tokens: 90, rows: 50 });
    await refusal(one.spend(ann, { tokens: 0, rows: 20 }));
    // A key of its own, and one without bounds, are not touched by that.
    await one.spend(caller({ rowsPerMinute: 60 }, "bob"), { tokens: 0, rows: 60 });
    await one.spend(caller({}), { tokens: 1e9, rows: 1e9 });
    assert.deepEqual(await one.states(caller({})), []);
  },
});

Deno.test({
  name: `RedisQuotas cannot be multiplied by asking many replicas at once${NEEDS_REDIS}`,
  ignore: !hasRedis,
  async fn() {
    await using parts = await replicas(3);
    const ann = caller({ promptTokensPerMinute: 100 });
    const spent = await Promise.allSettled(
      Array.from({ length: 90 }, (_, at) => parts.quotas[at % 3]!.spend(ann, { tokens: 5, rows: 1 })),
    );
    const taken = spent.filter(({ status }) => status === "fulfilled").length;
    assert.ok(taken >= 20 && taken <= 22, `${taken} of 20`);
    for (const each of spent) if (each.status === "rejected") assert.ok(each.reason instanceof QuotaUsedUp);
  },
});

Deno.test({
  name:
    `RedisQuotas lets what is larger than a minute through when the bucket is full, and then makes it wait${NEEDS_REDIS}`,
  ignore: !hasRedis,
  async fn() {
    await using parts = await replicas(1);
    const [quotas] = parts.quotas as [RedisQuotas];
    const ann = caller({ promptTokensPerMinute: 100 });
    await quotas.spend(ann, { tokens: 300, rows: 0 });
    const { retryAfterSeconds } = await refusal(quotas.spend(ann, { tokens: 1, rows: 0 }));
    assert.ok(retryAfterSeconds === 120 || retryAfterSeconds === 121, String(retryAfterSeconds));
    assert.match((await refusal(quotas.enter(ann))).message, /used up/);
  },
});

Deno.test({
  name: `RedisQuotas holds requests in flight for all replicas, and forgets those of a dead one${NEEDS_REDIS}`,
  ignore: !hasRedis,
  async fn() {
    await using parts = await replicas(2);
    const [one, other] = parts.quotas as [RedisQuotas, RedisQuotas];
    const ann = caller({ requestsInFlight: 2 });
    const held = [await one.enter(ann), await one.enter(ann)];
    assert.match((await refusal(other.enter(ann))).message, /2 requests in flight/);
    await held[0]![Symbol.asyncDispose]();
    await held[0]![Symbol.asyncDispose](); // once more frees nothing
    await other.enter(ann);
    await refusal(one.enter(ann));
    assert.deepEqual((await one.states(ann)).map(({ name, remaining }) => [name, remaining]), [[
      "requests-in-flight",
      0,
    ]]);
    // As if 30 s had passed in which only one replica renewed what it holds.
    const flight = "{test}:quota:ann:in-flight";
    const redis = parts.links[0]!.redis;
    for (const member of await redis.zrange(flight, 0, -1)) await redis.zadd(flight, 1, member);
    await one.renew();
    await one.enter(ann);
    await refusal(one.enter(ann));
  },
});

Deno.test({
  name: `RedisQuotas counts alone while Redis is away, and together again when it is back${NEEDS_REDIS}`,
  ignore: !hasRedis,
  async fn() {
    await using parts = await replicas(1);
    const [quotas] = parts.quotas as [RedisQuotas];
    const ann = caller({ promptTokensPerMinute: 100, requestsInFlight: 1 });
    await quotas.spend(ann, { tokens: 100, rows: 0 });
    await parts.server.kill();
    await quotas.spend(ann, { tokens: 100, rows: 0 });
    await refusal(quotas.spend(ann, { tokens: 100, rows: 0 }));
    assert.equal((await quotas.states(ann))[0]!.remaining < 5, true);
    const held = await quotas.enter(caller({ requestsInFlight: 1 }, "bob"));
    await refusal(quotas.enter(caller({ requestsInFlight: 1 }, "bob")));
    await held[Symbol.asyncDispose]();
    await parts.server.start();
    const { promise, resolve } = Promise.withResolvers<void>();
    parts.links[0]!.onThere(resolve);
    await promise;
    // What was spent together before is remembered.
    assert.match((await refusal(quotas.spend(ann, { tokens: 90, rows: 0 }))).message, /wait \d+ s/);
  },
});
