import { type Cost, NO_COST } from "../admission/cost.ts";
import { RedisAway, type RedisLink } from "../jobs/redis_link.ts";
import type { Caller } from "../keys/caller.ts";
import { ProcessQuotas } from "./process_quotas.ts";
import {
  type QuotaLedger,
  type QuotaState,
  type QuotaUsedUp,
  spentBy,
  tooManyInFlight,
  usedUp,
  WINDOW_SECONDS,
} from "./quotas.ts";

const WINDOW_MS = WINDOW_SECONDS * 1000;
/** A request in flight of a replica that died is forgotten after so long. */
const LEASE_MS = 30_000;
const RENEW_MS = LEASE_MS / 3;

/** What the buckets of some quotas hold, by the clock of Redis: the same arithmetic as `bucket.ts`. */
const LEVELS = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local window = tonumber(ARGV[1])
local quotas = {}
for at = 3, #ARGV, 3 do
  local size = tonumber(ARGV[at + 1])
  local known = redis.call('HMGET', KEYS[1], ARGV[at] .. ' level', ARGV[at] .. ' at')
  local level = size
  if known[1] then
    level = math.min(size, tonumber(known[1]) + math.max(0, now - tonumber(known[2])) * size / window)
  end
  quotas[#quotas + 1] = { name = ARGV[at], size = size, amount = tonumber(ARGV[at + 2]), level = level }
end
-- The index of the quota that is to be waited for longest, and the milliseconds; nil where all can be spent.
local function longest()
  local index, most = nil, 0
  for at, quota in ipairs(quotas) do
    local needed = math.min(quota.amount, quota.size)
    local wait = 0
    if quota.size == 0 then
      if quota.amount > 0 then wait = window end
    elseif quota.level < needed then
      wait = (needed - quota.level) * window / quota.size
    end
    if wait > most then index, most = at, wait end
  end
  return index, most
end
`;

/** KEYS: buckets. ARGV: window, nothing, and name, size, amount of each quota. Spends all or nothing. */
const SPEND = `${LEVELS}
local index, wait = longest()
if index then return { index, tostring(wait) } end
for _, quota in ipairs(quotas) do
  redis.call('HSET', KEYS[1], quota.name .. ' level', string.format('%.6f', quota.level - quota.amount), quota.name .. ' at', now)
end
-- A debt may be larger than the bucket: what is forgotten must be full again.
local full = window
for _, quota in ipairs(quotas) do
  if quota.size > 0 then full = math.max(full, (quota.size - quota.level + quota.amount) * window / quota.size) end
end
redis.call('PEXPIRE', KEYS[1], math.ceil(math.min(full * 2, 1e12)))
return {}`;

/** KEYS: buckets, requests in flight. ARGV: window, `most member lease`, and the quotas. */
const ENTER = `${LEVELS}
local most, member, lease = string.match(ARGV[2], '(%S+) (%S+) (%S+)')
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if most ~= 'none' and redis.call('ZCARD', KEYS[2]) >= tonumber(most) then return { 0, '0' } end
local index, wait = longest()
if index then return { index, tostring(wait) } end
if most ~= 'none' then
  redis.call('ZADD', KEYS[2], now + tonumber(lease), member)
  redis.call('PEXPIRE', KEYS[2], lease)
end
return {}`;

/** KEYS: buckets, requests in flight. @returns how many are in flight, and the levels */
const STATES = `${LEVELS}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local answer = { redis.call('ZCARD', KEYS[2]) }
for _, quota in ipairs(quotas) do answer[#answer + 1] = tostring(quota.level) end
return answer`;

/** KEYS: requests in flight. ARGV: lease, members. Those that have run out meanwhile count again. */
const RENEW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`;

/**
 * Quotas that several replicas count together in Redis, each operation one script by the clock of Redis. While Redis is away each
 * process counts by itself, from full buckets: a key may have its quota once a replica then, and nobody is refused for Redis' sake.
 */
export class RedisQuotas implements QuotaLedger, Disposable {
  readonly #alone: ProcessQuotas;
  /** Members in flight here, by the key of Redis that has them. */
  readonly #held = new Map<string, Set<string>>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(readonly link: RedisLink, readonly namespace: string, alone = new ProcessQuotas()) {
    this.#alone = alone;
    this.#timer = setInterval(() => void this.renew(), RENEW_MS);
    Deno.unrefTimer(this.#timer);
  }

  async enter(caller: Caller): Promise<AsyncDisposable> {
    const { requestsInFlight } = caller.quotas;
    const asked = spentBy(caller, NO_COST).map((quota) => ({ ...quota, amount: 1 }));
    if (requestsInFlight === undefined && asked.length === 0) return NOTHING_HELD;
    const member = crypto.randomUUID();
    const [, flight] = this.#keys(caller);
    const lease = `${requestsInFlight ?? "none"} ${member} ${LEASE_MS}`;
    const refusal = await this.#ask<[number, string] | []>(ENTER, this.#keys(caller), lease, asked);
    if (refusal === null) return await this.#alone.enter(caller);
    if (refusal.length === 2) throw refusal[0] === 0 ? tooManyInFlight(caller) : refused(caller, asked, refusal);
    if (requestsInFlight === undefined) return NOTHING_HELD;
    this.#held.set(flight, (this.#held.get(flight) ?? new Set()).add(member));
    return { [Symbol.asyncDispose]: () => this.#leave(flight, member) };
  }

  async spend(caller: Caller, cost: Cost): Promise<void> {
    const asked = spentBy(caller, cost);
    if (asked.length === 0) return;
    const refusal = await this.#ask<[number, string] | []>(SPEND, this.#keys(caller).slice(0, 1), "", asked);
    if (refusal === null) return await this.#alone.spend(caller, cost);
    if (refusal.length === 2) throw refused(caller, asked, refusal);
  }

  async states(caller: Caller): Promise<QuotaState[]> {
    const asked = spentBy(caller, NO_COST);
    const { requestsInFlight } = caller.quotas;
    if (requestsInFlight === undefined && asked.length === 0) return [];
    const answer = await this.#ask<[number, ...string[]]>(STATES, this.#keys(caller), "", asked);
    if (answer === null) return await this.#alone.states(caller);
    const [inFlight, ...levels] = answer;
    const spent = asked.map(({ name, size }, at): QuotaState => ({
      name,
      quota: size,
      windowSeconds: WINDOW_SECONDS,
      remaining: Math.max(0, Math.floor(Number(levels[at]))),
      resetSeconds: size === 0 ? WINDOW_SECONDS : Math.ceil((size - Number(levels[at])) * WINDOW_SECONDS / size),
    }));
    if (requestsInFlight === undefined) return spent;
    const remaining = Math.max(0, requestsInFlight - inFlight);
    const held = { windowSeconds: null, resetSeconds: null };
    return [...spent, { name: "requests-in-flight", quota: requestsInFlight, remaining, ...held }];
  }

  /** Says of what is in flight here that it still is. */
  async renew(): Promise<void> {
    for (const [flight, members] of this.#held) {
      await this.link.ask((redis) => redis.eval(RENEW, 1, flight, LEASE_MS, ...members)).catch(() => {});
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #leave(flight: string, member: string): Promise<void> {
    const members = this.#held.get(flight);
    if (!members?.delete(member)) return;
    if (members.size === 0) this.#held.delete(flight);
    await this.link.ask((redis) => redis.zrem(flight, member)).catch(() => {}); // Its lease runs out.
  }

  #keys({ id }: Caller): [string, string] {
    const key = `${this.namespace}:quota:${id ?? ""}`;
    return [key, `${key}:in-flight`];
  }

  /** null where Redis is away. */
  async #ask<T>(script: string, keys: string[], word: string, asked: ReturnType<typeof spentBy>): Promise<T | null> {
    const quotas = asked.flatMap(({ name, size, amount }) => [name, size, amount]);
    try {
      return await this.link.ask((redis) => redis.eval(script, keys.length, ...keys, WINDOW_MS, word, ...quotas)) as T;
    } catch (error) {
      if (error instanceof RedisAway) return null;
      throw error;
    }
  }
}

const NOTHING_HELD: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

function refused(
  caller: Caller,
  asked: ReturnType<typeof spentBy>,
  [index, milliseconds]: readonly [number, string],
): QuotaUsedUp {
  return usedUp(caller, asked[index - 1]!, (milliseconds === "inf" ? Infinity : Number(milliseconds)) / 1000);
}
