import assert from "node:assert/strict";
import { join } from "node:path";
import { addKey } from "../../lab/keys/key_file.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { hasRedis, NEEDS_REDIS, RedisServer } from "./redis_server.ts";
import { Replica } from "./replica.ts";
import { checkWhole, jobUntil, postJob } from "./replica_job.ts";

const LENS = await Deno.readFile(new URL("../../demo/lenses/jacobian.pt", import.meta.url));
const PROMPT = "Once upon a time";

/** Two replicas with keys, one folder and one Redis. */
async function twoReplicas() {
  const owned = new AsyncDisposableStack();
  const folder = owned.use(await TemporaryFolder.make()).path;
  const redis = owned.use(await RedisServer.start());
  const keys = join(folder, "keys.json");
  const secret = async (id: string, role: "upload" | "admin", quotas = {}) =>
    (await addKey(keys, { id, role, quotas })).secret;
  const admin = await secret("ada", "admin");
  const bounded = await secret("bob", "upload", { promptTokensPerMinute: 40 });
  const data = join(folder, "data");
  const start = () => Replica.start(data, redis.url, ["--keys", keys]);
  const replicas = await Promise.all([start(), start()]) as [Replica, Replica];
  owned.defer(async () => void await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]())));
  return { replicas, redis, start, admin, bounded, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

Deno.test({
  name:
    `two replicas share lenses, quotas and jobs, stand Redis away, and are replaced one after the other${NEEDS_REDIS}`,
  ignore: !hasRedis || Deno.build.os !== "linux",
  async fn(t) {
    await using parts = await twoReplicas();
    const { replicas, redis, start, admin, bounded } = parts;
    const [one, other] = replicas;

    await t.step("a lens that is put at one is used, changed and removed at the other, at once", async () => {
      const put = await one.ask("PUT", "/lenses/mine", LENS, admin);
      assert.equal(put.status, 201, put.body);
      const body = { prompt: PROMPT, lenses: ["mine"], sites: ["resid_pre"] };
      const probe = await other.ask("POST", "/probe", body, admin);
      assert.equal(probe.status, 200, probe.body);
      assert.equal((await other.ask("DELETE", "/lenses/mine", undefined, admin)).status, 204);
      assert.equal((await one.ask("POST", "/probe", body, admin)).status, 422);
      assert.equal((await one.ask("GET", "/lenses/mine", undefined, admin)).status, 404);
    });

    await t.step("a key's quota is one, whichever replica is asked", async () => {
      let served = 0;
      for (let at = 0; at < 40; at++) {
        const { status } = await replicas[at % 2]!.ask("POST", "/probe", { prompt: PROMPT }, bounded);
        if (status === 200) served++;
        else assert.equal(status, 429);
      }
      const tokens = JSON.parse((await one.ask("POST", "/tokenize", { prompt: PROMPT }, admin)).body).tokens.length;
      // 40 tokens, and what has flowed back meanwhile; twice that would be the quota of each replica.
      assert.ok(served >= Math.floor(40 / tokens) && served < 1.7 * 40 / tokens, `${served} of ${tokens} tokens each`);
    });

    await t.step("while Redis is away probes are answered and jobs are refused, and then taken again", async () => {
      await redis.kill();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const refused = await one.ask("POST", "/jobs", { prompts: [PROMPT] }, admin);
      assert.equal(refused.status, 503, refused.body);
      assert.match(refused.body, /jobs-unavailable.*Redis is away/);
      const ready = await one.ask("GET", "/readyz");
      assert.equal(ready.status, 200);
      assert.match(JSON.parse(ready.body).trouble[0], /^Redis is away/);
      assert.equal((await one.ask("POST", "/probe", { prompt: PROMPT }, admin)).status, 200);
      assert.equal((await one.ask("GET", "/jobs", undefined, admin)).status, 200);
      await redis.start();
      let again = await other.ask("POST", "/jobs", { prompts: [PROMPT] }, admin);
      for (let tries = 0; again.status === 503 && tries < 50; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        again = await other.ask("POST", "/jobs", { prompts: [PROMPT] }, admin);
      }
      assert.equal(again.status, 202, again.body);
      await jobUntil(() => replicas, JSON.parse(again.body).id, ({ state }) => state === "succeeded", admin);
      assert.deepEqual(JSON.parse((await other.ask("GET", "/readyz")).body).trouble, []);
    });

    await t.step("a job goes on while both are replaced, one after the other, and ends whole", async () => {
      const job = await postJob(one, 150, admin);
      for (const at of [0, 1]) {
        await jobUntil(() => replicas, job.id, ({ done }) => done > 5 + 60 * at, admin);
        assert.equal(await replicas[at]!.stop(), 0);
        replicas[at] = await start();
      }
      const ended = await jobUntil(
        () => replicas,
        job.id,
        ({ state }) => !["queued", "running"].includes(state),
        admin,
      );
      assert.deepEqual([ended.state, ended.done, ended.failed], ["succeeded", 150, 0]);
      await checkWhole(replicas[1], ended, admin);
    });

    assert.doesNotMatch(
      replicas.map(({ log }) => log).join(""),
      /only-for-tests/,
      "the password of Redis is in the log",
    );
  },
});
