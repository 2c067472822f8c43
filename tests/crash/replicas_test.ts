import assert from "node:assert/strict";
import { hasRedis, NEEDS_REDIS } from "../replicas/redis_server.ts";
import { crashReplicas } from "./replicas.ts";

Deno.test({
  name: `jobs of two replicas stand kill -9 of either and of Redis${NEEDS_REDIS}`,
  ignore: !hasRedis || Deno.build.os !== "linux",
  async fn() {
    const { kills, redisKills } = await crashReplicas({ kills: 2, redisKills: 1, seed: 1 });
    assert.deepEqual([kills, redisKills], [2, 1]);
  },
});
