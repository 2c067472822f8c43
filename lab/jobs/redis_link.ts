import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "../../log/log.ts";

/** Longest that a command or a connection is waited for. */
const ANSWER_MS = 2000;
/** How often it is looked whether Redis answers. */
const LOOK_MS = 1000;
const MOST_RETRY_MS = 1000;

/** Redis does not answer just now; it is tried again by itself. */
export class RedisAway extends Error {
  override readonly name = "RedisAway";
  constructor(options?: ErrorOptions) {
    super("Redis is away", options);
  }
}

/**
 * The connections of a process to Redis, which may be away at any time, from the start on: whatever is asked then fails within
 * two seconds, and works again once Redis is back.
 */
export class RedisLink implements AsyncDisposable {
  readonly redis: Redis;
  readonly #subscriber: Redis;
  readonly #there = new Set<() => void>();
  readonly #heard = new Map<string, (message: string) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #away = true;
  #said: boolean | undefined;
  #reason = "it has not been reached yet";

  /** @param url redis:// or rediss://, with what it takes to be let in; of no message or log line */
  constructor(url: string, readonly log: Log) {
    this.redis = new Redis(url, { ...OPTIONS, maxRetriesPerRequest: 0 });
    this.#subscriber = new Redis(url, { ...OPTIONS, maxRetriesPerRequest: null, enableOfflineQueue: true });
    for (const redis of [this.redis, this.#subscriber]) {
      redis.on("error", ({ message }) => void (this.#reason = message));
    }
    this.redis.on("ready", () => void this.#look());
    this.redis.on("close", () => this.#set(true));
    this.#subscriber.on("message", (channel, message) => this.#heard.get(channel)?.(message));
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    Deno.unrefTimer(this.#timer);
  }

  get away(): boolean {
    return this.#away;
  }

  /** Resolves when Redis was reached, or after the time that an answer may take. */
  async settled(): Promise<void> {
    for (let waited = 0; this.#away && waited < ANSWER_MS; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Called whenever Redis is there again. */
  onThere(listener: () => void): void {
    this.#there.add(listener);
    if (!this.#away) listener();
  }

  /** @throws {RedisAway} where Redis does not answer; what it was asked may have been done all the same */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#away) throw new RedisAway();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new RedisAway()), ANSWER_MS);
    try {
      return await Promise.race([question(this.redis), late.promise]);
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError") throw error;
      void this.#look();
      throw new RedisAway({ cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is said while Redis is away is not heard. */
  hear(channel: string, listener: (message: string) => void): void {
    this.#heard.set(channel, listener);
    this.#subscriber.subscribe(channel).catch(() => {}); // ioredis subscribes again after each reconnection.
  }

  /** To all that hear the channel; to nobody while Redis is away. */
  say(channel: string, message: string): void {
    if (!this.#away) this.redis.publish(channel, message).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#there.clear();
    this.#said = this.#away = true;
    this.redis.disconnect();
    this.#subscriber.disconnect();
    return Promise.resolve();
  }

  async #look(): Promise<void> {
    try {
      await this.redis.ping();
      this.#set(false);
    } catch (error) {
      this.#reason = (error as Error).message;
      this.#set(true);
    }
  }

  #set(away: boolean): void {
    this.#away = away;
    if (this.#said === away) return;
    const first = this.#said === undefined;
    this.#said = away;
    if (away) {
      this.log.warn("Redis is away: jobs wait, and quotas are counted by this process alone", { reason: this.#reason });
    } else {
      if (!first) this.log.info("Redis is there again");
      for (const listener of this.#there) listener();
    }
  }
}

const OPTIONS: RedisOptions = {
  connectTimeout: ANSWER_MS,
  commandTimeout: ANSWER_MS,
  enableOfflineQueue: false,
  retryStrategy: (times) => Math.min(times * 100, MOST_RETRY_MS),
  // A replica of Redis after a failover: whoever is the master now is under the same name.
  reconnectOnError: ({ message }) => message.startsWith("READONLY"),
};
