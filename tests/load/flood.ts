/**
 * A flood of good, bad and slow clients: `deno run -A tests/load/flood.ts --connections 500 --seconds 60 [--model <folder>]`. The
 * service runs in processes of its own. Prints what came of it; ends with 1 where a promise was broken.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addKey } from "../../lab/keys/key_file.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { type ServiceProcess, serviceProcess } from "../faults/service_process.ts";
import { MemoryCurve, type MemorySample } from "../soak/memory_curve.ts";
import { freshPrompt } from "./fairness.ts";
import { faultOf, KINDS, type Outcome } from "./flood_clients.ts";
import { FloodConnection } from "./flood_connection.ts";
import type { Measured, MeterReport, MeterTask } from "./flood_meter.ts";

export interface FloodOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly model?: string;
}

export interface FloodReport {
  /** By kind and status; 0: the client gave up itself. */
  readonly outcomes: Record<string, Record<number, number>>;
  /** What was wrong, by kind. */
  readonly faults: readonly string[];
  readonly livez: Measured;
  readonly memory: readonly MemorySample[];
  /** Of a light probe of another key. */
  readonly probe: Measured;
  /** Its median time before and afterwards. */
  readonly alone: { readonly beforeMs: number; readonly afterMs: number };
}

/** Time that the service has to answer what it has when the flood is over. */
const AFTERMATH_MS = 90_000;
const PROBES = 20;

export async function flood({ connections, seconds, model }: FloodOptions): Promise<FloodReport> {
  await using folder = await TemporaryFolder.make();
  const keys = join(folder.path, "keys.json");
  const secrets = {
    flood: (await addKey(keys, { id: "flood", role: "read" })).secret,
    light: (await addKey(keys, { id: "light", role: "read" })).secret,
  };
  await using service = await serviceProcess(join(folder.path, "data"), {
    flags: ["--keys", keys, ...(model === undefined ? [] : ["--model", model])],
  });
  const headers = { Authorization: `Bearer ${secrets.light}` };
  const vocabulary: number = (await (await fetch(`${service.url}/model`, { headers })).json()).vocabulary;
  const light = (from: number, count: number) =>
    median(count, (turn) => lightMs(service, headers, vocabulary, from + turn));

  await light(0, PROBES);
  const beforeMs = await light(100, PROBES);
  using memory = new MemoryCurve(service.pid, 1);
  const meter = new Worker(new URL("flood_meter.ts", import.meta.url), { type: "module" });
  const measured = new Promise<MeterReport>((resolve) => meter.onmessage = ({ data }) => resolve(data));
  meter.postMessage({ url: service.url, secret: secrets.light, vocabulary } satisfies MeterTask);
  const over = new AbortController();
  const report = { outcomes: {} as FloodReport["outcomes"], faults: [] as string[] };
  const clients = kindsOf(connections).map((kind, lane) =>
    client(kind, { service, key: secrets.flood, vocabulary, over: over.signal, lane }, report)
  );
  const timer = setTimeout(() => over.abort(), seconds * 1000);
  let late: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<void>((_, reject) => {
    over.signal.addEventListener("abort", () => {
      late = setTimeout(() => reject(new Error("some were never answered")), AFTERMATH_MS);
    });
  });
  await Promise.race([Promise.all(clients), tooLate]);
  clearTimeout(timer);
  clearTimeout(late);
  meter.postMessage("stop");
  const { livez, probe } = await measured;
  meter.terminate();
  const afterMs = await light(300, PROBES);
  return { ...report, livez, probe, memory: memory.samples, alone: { beforeMs, afterMs } };
}

interface Lane {
  readonly service: ServiceProcess;
  readonly key: string;
  readonly vocabulary: number;
  readonly over: AbortSignal;
  readonly lane: number;
}

/** One client: exchange after exchange of a kind, a connection as long as it lasts, until the flood is over. */
async function client(
  kind: string,
  { service, key, vocabulary, over, lane }: Lane,
  report: Pick<FloodReport, "outcomes"> & { readonly faults: string[] },
): Promise<void> {
  const counts = report.outcomes[kind] ??= {};
  let connection: FloodConnection | undefined;
  for (let turn = lane; !over.aborted; turn += 10_000) {
    if (connection === undefined || connection.closed) connection = await FloodConnection.open(service.port);
    const outcome: Outcome | Error = await KINDS[kind]!.run({ connection, key, turn, vocabulary, over })
      .catch((error: Error) => error);
    const fault = outcome instanceof Error ? outcome.message : faultOf(kind, outcome);
    if (fault !== null) report.faults.push(`${kind}: ${fault}`);
    const status = outcome instanceof Error || outcome === null || outcome === "given up" ? 0 : outcome.status;
    counts[status] = (counts[status] ?? 0) + 1;
    if (outcome instanceof Error || outcome === null || outcome === "given up" || !outcome.keepsAlive) {
      connection.close();
    }
    // Who is refused comes again soon, if not at once: a flood, and no loop without an end.
    if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 100 + turn % 400));
  }
  connection?.close();
}

/** As many of each kind as its share. */
function kindsOf(connections: number): string[] {
  const all = Object.entries(KINDS).flatMap(([kind, { share }]) => Array<string>(share).fill(kind));
  return Array.from({ length: connections }, (_, at) => all[Math.floor(at * all.length / connections)]!);
}

async function lightMs(
  service: ServiceProcess,
  headers: Record<string, string>,
  vocabulary: number,
  turn: number,
): Promise<number> {
  const began = performance.now();
  const response = await service.post("/probe", { prompt: freshPrompt(8, turn, vocabulary), top_k: 1 }, headers);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`a light probe was answered ${response.status}: ${text.slice(0, 300)}`);
  return performance.now() - began;
}

async function median(count: number, time: (turn: number) => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) times.push(await time(turn));
  return times.sort((a, b) => a - b)[count >> 1]!;
}

/** As lines for people. */
export function floodText({ outcomes, faults, livez, probe, memory, alone }: FloodReport): string {
  const total = ({ httpMb, engineMb }: MemorySample) => httpMb + engineMb;
  const most = Math.max(...memory.map(total));
  const byKind = Object.entries(outcomes).map(([kind, counts]) => {
    const cells = Object.entries(counts).map(([status, count]) => `${status === "0" ? "given up" : status} × ${count}`);
    return `  ${kind.padEnd(16)} ${cells.join(", ")}`;
  });
  const kinds = Map.groupBy(faults, (fault) => fault.slice(0, 100));
  return [
    ...byKind,
    measuredText("/livez", livez),
    measuredText("a light probe of another key", probe),
    `the same alone: median ${alone.beforeMs.toFixed(1)} ms before, ${alone.afterMs.toFixed(1)} ms afterwards`,
    `memory: ${total(memory[0]!).toFixed(0)} MB before, at most ${most.toFixed(0)}, ${
      total(memory.at(-1)!).toFixed(0)
    } afterwards`,
    `faults: ${faults.length}`,
    ...[...kinds].map(([fault, all]) => `  ${all.length} × ${fault}`),
  ].join("\n");
}

function measuredText(name: string, { count, failed, medianMs, worstMs }: Measured): string {
  return `${name}: ${count} answers, ${failed} failed, median ${medianMs.toFixed(1)} ms, slowest ${
    worstMs.toFixed(0)
  } ms`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      connections: { type: "string", default: "500" },
      seconds: { type: "string", default: "60" },
      model: { type: "string" },
    },
  });
  const report = await flood({
    connections: Number(values.connections),
    seconds: Number(values.seconds),
    ...(values.model === undefined ? {} : { model: values.model }),
  });
  console.log(floodText(report));
  Deno.exit(report.faults.length + report.livez.failed + report.probe.failed > 0 ? 1 : 0);
}
