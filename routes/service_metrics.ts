import { Counter, Gauge, Histogram, type Metric as AnyMetric, Registry } from "prom-client";
import type { RunHistogram } from "../model/engine/run_times.ts";
import { type Metric, METRICS } from "./metric_table.ts";

type Of<T extends string> = { [M in Metric]: (typeof METRICS)[M]["type"] extends T ? M : never }[Metric];
type Labels<M extends Metric> = (typeof METRICS)[M]["labels"][number];

/** A number, or one for each value of the metric's label. */
type Read = () => number | Readonly<Record<string, number>> | Promise<number | Readonly<Record<string, number>>>;

/**
 * The service's figures. A registry of its own, and none of prom-client's defaults: its event-loop lag is wrong under Deno.
 */
export class ServiceMetrics {
  readonly registry = new Registry();

  readonly requests = this.#counter("requests");
  readonly duration = this.#histogram("duration");
  readonly refusals = this.#counter("refusals");
  readonly queueSeconds = this.#histogram("queueSeconds");
  readonly forwardSeconds = this.#histogram("forwardSeconds");
  readonly lensSeconds = this.#histogram("lensSeconds");
  readonly promptTokens = this.#counter("promptTokens");
  readonly cachedTokens = this.#counter("cachedTokens");
  readonly rows = this.#counter("rows");

  constructor() {
    this.gauge("residentMemory", () => Deno.memoryUsage().rss);
  }

  /** A figure that is read when it is asked for. */
  gauge(metric: Of<"gauge">, read: Read): void {
    const { name, help, labels } = METRICS[metric];
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      async collect() {
        const values = await read();
        if (typeof values === "number") return this.set(values);
        this.reset();
        for (const [value, figure] of Object.entries(values)) this.labels(value).set(figure);
      },
    });
  }

  /** A count that is kept elsewhere, and begins anew where that does. */
  counted(metric: Of<"counter">, read: () => number): void {
    const { name, help } = METRICS[metric];
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** A histogram with one label that is kept elsewhere. */
  histograms(metric: Of<"histogram">, read: () => Promise<Readonly<Record<string, RunHistogram>>>): void {
    const { name, help, labels: [label], buckets } = METRICS[metric];
    const values = async () =>
      Object.entries(await read()).flatMap(([of, { atMost, runs, seconds }]) => {
        const labels = { [label!]: of };
        const bucket = (le: number | string, value: number) => ({
          metricName: `${name}_bucket`,
          labels: { le, ...labels },
          value,
        });
        return [
          ...buckets.map((bound, index) => bucket(bound, atMost[index]!)),
          bucket("+Inf", runs),
          { metricName: `${name}_sum`, labels, value: seconds },
          { metricName: `${name}_count`, labels, value: runs },
        ];
      });
    const kept = {
      name,
      get: async () => ({ name, help, type: "histogram", values: await values(), aggregator: "sum" }),
    };
    // A registry asks a metric for its name and for get(), whatever else its type says.
    this.registry.registerMetric(kept as unknown as AnyMetric<string>);
  }

  #counter<M extends Of<"counter">>(metric: M): Counter<Labels<M>> {
    const { name, help, labels } = METRICS[metric];
    return new Counter<Labels<M>>({ name, help, labelNames: [...labels] as Labels<M>[], registers: [this.registry] });
  }

  #histogram<M extends Of<"histogram">>(metric: M): Histogram<Labels<M>> {
    const { name, help, labels, buckets } = METRICS[metric];
    return new Histogram<Labels<M>>({
      name,
      help,
      labelNames: [...labels] as Labels<M>[],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }
}
