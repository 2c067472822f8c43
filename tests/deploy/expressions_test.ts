import { deepEqual, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { PROBLEMS } from "../../openapi/problem.ts";
import { type MetricRow, METRICS } from "../../routes/metric_table.ts";
import { DEPLOY, expressions } from "./expressions.ts";

interface Parsed {
  readonly valid: boolean;
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/** Labels that Prometheus gives to what it scrapes, and a histogram's own. */
const GIVEN = ["job", "instance", "le"];

/** What a metric of the table is called in a query. */
function series({ name, type }: MetricRow): string[] {
  return type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

const READER = fileURLToPath(new URL("promql.mjs", import.meta.url));
const GRAMMAR = "npm:@prometheus-io/lezer-promql@0.315.0";

const ROWS: readonly MetricRow[] = Object.values(METRICS);

Deno.test("every expression of the dashboard and the alerts is PromQL, and asks for metrics and labels that there are", async () => {
  const all = await expressions();
  ok(all.length > 20);
  const parsed = await parsedBy(all.map(({ text }) => text));
  for (const [index, { where, text }] of all.entries()) {
    const { valid, metrics, labels } = parsed[index]!;
    ok(valid, `${where}: ${text}`);
    const rows = metrics.map((metric) => ROWS.find((row) => series(row).includes(metric)));
    ok(rows.length > 0 && rows.every((row) => row !== undefined), `${where}: ${metrics.join(", ")}`);
    const known = [...GIVEN, ...rows.flatMap((row) => row!.labels)];
    deepEqual(labels.filter((label) => !known.includes(label)), [], where);
  }
});

Deno.test("the parser of expressions knows a wrong one", async () => {
  const [broken, foreign] = await parsedBy(["sum by (", "rate(midstream_nothing[5m])"]);
  ok(!broken!.valid);
  deepEqual(foreign!.metrics, ["midstream_nothing"]);
});

Deno.test("problems that alerts look for are problems of the service", async () => {
  for (const { where, text } of await expressions()) {
    for (const [, names] of text.matchAll(/problem=~?"([^"]+)"/g)) {
      for (const name of names!.split("|")) ok(name in PROBLEMS, `${where}: ${name}`);
    }
  }
});

Deno.test("the autoscaler's metric is one of the table", async () => {
  const { spec } = parse(await Deno.readTextFile(`${DEPLOY}kubernetes/autoscaler.yaml`));
  const metrics = spec.metrics.map((metric: { pods: { metric: { name: string } } }) => metric.pods.metric.name);
  deepEqual(metrics, [METRICS.queueWaiting.name]);
});

async function parsedBy(texts: readonly string[]): Promise<Parsed[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--no-config", "--allow-env=LOG", READER, GRAMMAR],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(texts)));
  await input.close();
  const { success, stdout, stderr } = await child.output();
  ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
