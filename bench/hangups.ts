import type { Precision } from "../model/engine/precision.ts";
import { withData } from "./converted_data.ts";
import { processTree, read } from "./machine.ts";
import type { BenchModel } from "./options.ts";
import { residentTree } from "./process_memory.ts";
import { type ServiceProcess, startServiceProcess, untilReady } from "./service_process.ts";
import { requestRuns } from "./service_runs.ts";
import { quantile } from "./statistics.ts";
import { table } from "./table.ts";
import { lastPosition } from "./whole.ts";
import { lcgIds, type ProbeAnswer, probeRequests } from "./workloads.ts";

/** Probes that are hung up on at random moments. */
export interface HangupFigures {
  readonly model: string;
  readonly precision: Precision;
  readonly kinds: readonly HangupKind[];
  /** Resident, 10⁶ bytes. */
  readonly beforeMb: number;
  readonly afterMb: number;
  /** Probes that ran beside one that was hung up on, and how far their log-probabilities were from those alone. */
  readonly neighbours: number;
  readonly neighbourDifference: number;
}

export interface HangupKind {
  readonly what: string;
  /** A stage over a chunk, or a block of rows through the head: the longest that is not interrupted. */
  readonly stageMs: number;
  /** From the hang-up until no thread of the service uses a core or waits for one. */
  readonly idleMs: readonly number[];
  /** Processor time that the service used meanwhile, of all cores, divided by their number: the wait for a core is no part of it. */
  readonly usedMs: readonly number[];
}

export interface HangupOptions {
  readonly precision: Precision;
  readonly data: string | undefined;
  readonly count: number;
}

const EVERY_MS = 3;
/** Nothing but timers: less than this share of a core. */
const IDLE_SHARE = 0.2;
/** In a row: the system adds a running thread's time up at its ticks only, every 4 ms or so. */
const IDLE_SAMPLES = 6;
const NEIGHBOURS = 20;

interface Kind {
  readonly what: string;
  readonly body: Record<string, unknown>;
  readonly share: number;
}

export function hangups(model: BenchModel, { precision, data, count }: HangupOptions): Promise<HangupFigures> {
  return withData(data, async (folder) => {
    await using service = await startServiceProcess(model.folder, folder, ["--precision", precision]);
    await untilReady(service, 1800);
    const { vocabulary, layers } = await (await fetch(`${service.url}/model`)).json();
    const [grid] = probeRequests({ name: "W2", prompts: [lcgIds(64, vocabulary)] });
    const kinds: Kind[] = [
      { what: "16 tokens, last position", body: lastPosition(16, vocabulary), share: 0.4 },
      { what: "128 tokens, last position", body: lastPosition(128, vocabulary), share: 0.3 },
      { what: "512 tokens, last position", body: lastPosition(512, vocabulary), share: 0.1 },
      { what: "64 tokens, all positions", body: grid!, share: 0.2 },
    ];
    const alone = [];
    for (const { body } of kinds) alone.push(await requestRuns(service, [body], { reps: 1, warmup: 1, fillMs: 0 }));
    const beforeMb = residentTree(service.pid) / 1e6;
    const measured: HangupKind[] = [];
    for (const [at, { what, body, share }] of kinds.entries()) {
      const { runs, answers } = alone[at]!;
      const blocksOfRows = Math.ceil(answers[0]!.usage.rows / HEAD_ROWS);
      // A large model has one block a stage.
      const stageMs = Math.max(runs.forwardMs[0]! / layers, runs.lensMs[0]! / blocksOfRows);
      const [idleMs, usedMs]: [number[], number[]] = [[], []];
      for (let time = 0; time < Math.round(count * share); time++) {
        const after = await hangUp(service, body, Math.random() * runs.wallMs[0]!);
        idleMs.push(after.idleMs);
        usedMs.push(after.usedMs);
      }
      measured.push({ what, stageMs, idleMs, usedMs });
    }
    let neighbourDifference = 0;
    const neighbour = kinds[0]!.body;
    for (let time = 0; time < NEIGHBOURS; time++) {
      const other = kinds[1 + time % (kinds.length - 1)]!;
      const controller = new AbortController();
      const hung = send(service, other.body, controller.signal);
      const beside = service.post("/probe", neighbour);
      setTimeout(() => controller.abort(), Math.random() * alone[0]!.runs.wallMs[0]!);
      const answer = JSON.parse((await beside).text) as ProbeAnswer;
      await hung;
      neighbourDifference = Math.max(neighbourDifference, difference(answer, alone[0]!.answers[0]!));
    }
    const afterMb = residentTree(service.pid) / 1e6;
    return {
      model: model.name,
      precision,
      kinds: measured,
      beforeMb,
      afterMb,
      neighbours: NEIGHBOURS,
      neighbourDifference,
    };
  });
}

/** About the rows of one run of the head. */
const HEAD_ROWS = 152;

async function hangUp(service: ServiceProcess, body: unknown, afterMs: number) {
  const controller = new AbortController();
  const sent = send(service, body, controller.signal);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const pids = processTree(service.pid);
  controller.abort();
  const [began, before] = [performance.now(), processorMs(pids)];
  const { at, used } = await idleAt(pids, before);
  await sent;
  return { idleMs: at - began, usedMs: (used - before.used) / navigator.hardwareConcurrency };
}

async function send(service: ServiceProcess, body: unknown, signal: AbortSignal): Promise<void> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body), signal };
  try {
    await (await fetch(`${service.url}/probe`, request)).arrayBuffer();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** When the processes last used a core or waited for one, and what they had used then. */
async function idleAt(pids: readonly number[], start: ProcessorTime): Promise<{ at: number; used: number }> {
  let [before, time] = [start, performance.now()];
  let last = { at: time, used: start.used };
  for (let quiet = 0; quiet < IDLE_SAMPLES;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const [now, at] = [processorMs(pids), performance.now()];
    const grown = now.used + now.waited - before.used - before.waited;
    if (grown > IDLE_SHARE * (at - time)) [last, quiet] = [{ at, used: now.used }, 0];
    else quiet++;
    [before, time] = [now, at];
  }
  return last;
}

/** Of all threads of some processes, milliseconds to the nanosecond: on a core, and ready for one that others had. */
interface ProcessorTime {
  readonly used: number;
  readonly waited: number;
}

function processorMs(pids: readonly number[]): ProcessorTime {
  const nanoseconds = { used: 0, waited: 0 };
  for (const pid of pids) {
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        const [used = 0, waited = 0] = read(`/proc/${pid}/task/${name}/schedstat`)?.split(" ").map(Number) ?? [];
        nanoseconds.used += used;
        nanoseconds.waited += waited;
      }
    } catch {
      // It has ended.
    }
  }
  return { used: nanoseconds.used / 1e6, waited: nanoseconds.waited / 1e6 };
}

function difference(found: ProbeAnswer, expected: ProbeAnswer): number {
  let most = 0;
  for (const [index, { top }] of expected.readouts.entries()) {
    const probabilities = new Map(found.readouts[index]!.top.map(({ id, prob }) => [id, prob]));
    for (const { id, prob } of top) {
      const other = probabilities.get(id);
      if (other !== undefined) most = Math.max(most, Math.abs(Math.log(other / prob)));
    }
    if (found.readouts[index]!.top[0]!.id !== top[0]!.id) most = Infinity;
  }
  return most;
}

export function hangupsReport(figures: HangupFigures): string {
  const { model, precision, kinds, beforeMb, afterMb, neighbours, neighbourDifference } = figures;
  return [
    table(
      [
        ...[`${model} ${precision}, hung up on`, "times", "a stage ms", "idle after ms: median", "95 %", "longest"],
        ...["cores used ms: median", "95 %", "longest"],
      ],
      kinds.map(({ what, stageMs, idleMs, usedMs }) => [
        what,
        `${idleMs.length}`,
        ...[stageMs, ...spread(idleMs), ...spread(usedMs)].map((ms) => ms.toFixed(0)),
      ]),
    ),
    "",
    `Resident ${beforeMb.toFixed(0)} MB before, ${
      afterMb.toFixed(0)
    } after; ${neighbours} neighbours of such probes were ` +
    `at most ${neighbourDifference.toExponential(1)} in log-probability from their answer alone`,
    "",
  ].join("\n");
}

const spread = (ms: readonly number[]) => [quantile(ms, 0.5), quantile(ms, 0.95), Math.max(...ms)];
