import { RUN_SECONDS } from "../model/engine/run_times.ts";

/** Seconds; a probe of a small model takes milliseconds, one of a large model with a long prompt minutes. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

export interface MetricRow {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** For people, a sentence. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram. */
  readonly buckets: readonly number[];
}

function counter<const L extends readonly string[] = []>(name: string, help: string, labels?: L) {
  return { name, type: "counter", help, labels: (labels ?? []) as L, buckets: [] } as const;
}

function gauge<const L extends readonly string[] = []>(name: string, help: string, labels?: L) {
  return { name, type: "gauge", help, labels: (labels ?? []) as L, buckets: [] } as const;
}

function histogram<const L extends readonly string[] = []>(name: string, help: string, labels?: L) {
  return { name, type: "histogram", help, labels: (labels ?? []) as L, buckets: SECONDS } as const;
}

/** Every figure of GET /metrics. The registry, docs/operations.md and the test of the dashboard are made from this table. */
export const METRICS = {
  ready: gauge("midstream_ready", "1 while probes are taken."),
  requests: counter("midstream_requests_total", "Requests answered, by route and status.", [
    "route",
    "method",
    "status",
  ]),
  duration: histogram(
    "midstream_request_duration_seconds",
    "Seconds from a request's arrival to the end of its answer, by route.",
    ["route"],
  ),
  refusals: counter(
    "midstream_refusals_total",
    "Requests refused, by problem: queue-full, quota-used-up, key-unknown, …; in a stream too.",
    ["problem"],
  ),
  queueWaiting: gauge("midstream_queue_waiting", "Requests that wait for the model."),
  queueOldest: gauge(
    "midstream_queue_oldest_seconds",
    "Seconds that the longest of them has waited; 0 where none does.",
  ),
  running: gauge("midstream_running", "Requests in the model."),
  queueSeconds: histogram("midstream_queue_seconds", "Seconds that requests waited for the model."),
  forwardSeconds: histogram("midstream_forward_seconds", "Seconds that a request's prompts took through the blocks."),
  lensSeconds: histogram("midstream_lens_seconds", "Seconds that a request's rows took through translators and head."),
  runSeconds: {
    ...histogram(
      "midstream_engine_run_seconds",
      "Seconds of one run in the engine, which nothing interrupts: of a stage of blocks, the head, or a translator.",
      ["graph"],
    ),
    buckets: RUN_SECONDS,
  },
  promptTokens: counter("midstream_prompt_tokens_total", "Tokens of prompts that went through the model."),
  cachedTokens: counter(
    "midstream_cached_tokens_total",
    "Tokens of prompts whose keys and values were known from earlier requests.",
  ),
  rows: counter("midstream_decoded_rows_total", "Vectors decoded over the vocabulary."),
  lensBytes: gauge("midstream_lens_bytes", "Bytes of the lenses that there are."),
  jobs: gauge("midstream_jobs", "Jobs that are kept, by state.", ["state"]),
  residentMemory: gauge("midstream_resident_memory_bytes", "Resident memory of the HTTP process."),
  engineMemory: gauge("midstream_engine_resident_memory_bytes", "Resident memory of the engine; 0 while it is away."),
  prefixCache: gauge("midstream_prefix_cache_bytes", "Keys and values of recent prompts that the engine holds."),
  engineRestarts: counter("midstream_engine_restarts_total", "Times that the engine was lost and came back."),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type Metric = keyof typeof METRICS;
