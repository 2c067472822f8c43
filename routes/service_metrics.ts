import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Seconds; a probe of a small model takes milliseconds, one of a large model with a long prompt minutes. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * The service's figures. A registry of its own, and none of prom-client's defaults: its event-loop lag is wrong under Deno.
 */
export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly requests = new Counter({
    name: "midstream_requests_total",
    help: "Requests answered, by route and status.",
    labelNames: ["route", "method", "status"] as const,
    registers: this.#registers,
  });
  readonly duration = new Histogram({
    name: "midstream_request_duration_seconds",
    help: "Seconds from a request's arrival to the end of its answer, by route.",
    labelNames: ["route"] as const,
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly queueSeconds = new Histogram({
    name: "midstream_queue_seconds",
    help: "Seconds that requests waited for the model.",
    buckets: DURATION_BUCKETS,
    registers: this.#registers,
  });
  readonly promptTokens = new Counter({
    name: "midstream_prompt_tokens_total",
    help: "Tokens of prompts that went through the model.",
    registers: this.#registers,
  });
  readonly cachedTokens = new Counter({
    name: "midstream_cached_tokens_total",
    help: "Tokens of prompts whose keys and values were known from earlier requests.",
    registers: this.#registers,
  });
  readonly rows = new Counter({
    name: "midstream_decoded_rows_total",
    help: "Vectors decoded over the vocabulary.",
    registers: this.#registers,
  });

  constructor() {
    this.gauge("midstream_resident_memory_bytes", "Resident memory of the HTTP process.", () => Deno.memoryUsage().rss);
  }

  /** A figure that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      async collect() {
        this.set(await read());
      },
    });
  }
}
