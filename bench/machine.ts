import { arch, cpus, totalmem } from "node:os";

/** Clock ticks of /proc a second: fixed for user space on Linux. */
const TICKS = 100;
/** Use by others above which a figure is not to be trusted: on two cores one busy process doubles a peer's time. */
export const IDLE_CORES = 0.1;
/** Times that a disturbed case is measured again. */
const RETRIES = 2;

/** What figures depend on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly arch: string;
  readonly deno: string;
  readonly time: string;
  readonly load: readonly number[];
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    arch: arch(),
    deno: Deno.version.deno,
    time: new Date().toISOString(),
    load: Deno.loadavg(),
  };
}

/** Measures how many cores are used by others than the processes given; a case with more than 0.1 is disturbed. */
export class OtherCores {
  readonly #began = performance.now();
  readonly #busy = busySeconds();
  readonly #own: number;

  constructor(private readonly pids: () => readonly number[]) {
    this.#own = this.#ownSeconds();
  }

  /** Cores, on average since the beginning; NaN where the system does not tell. */
  get cores(): number {
    const others = busySeconds() - this.#busy - (this.#ownSeconds() - this.#own);
    return Math.max(0, others / ((performance.now() - this.#began) / 1000));
  }

  #ownSeconds(): number {
    return this.pids().reduce((sum, pid) => sum + processSeconds(pid), 0);
  }
}

/** Waits until the machine does nothing else for a second, `seconds` at most. */
export async function waitIdle(seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const others = new OtherCores(() => [Deno.pid]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (!(others.cores > IDLE_CORES)) return;
  }
}

/**
 * Measures on an idle machine if it gets idle within `idleSeconds`, and again while others disturb it; the least disturbed
 * counts. With 0 it measures once, at once.
 */
export async function undisturbed<T>(
  idleSeconds: number,
  measure: () => Promise<T>,
  otherCores: (measured: T) => number,
): Promise<T> {
  let best: T | undefined;
  for (let attempt = 0; attempt <= (idleSeconds > 0 ? RETRIES : 0); attempt++) {
    await waitIdle(idleSeconds);
    const measured = await measure();
    if (best === undefined || otherCores(measured) < otherCores(best)) best = measured;
    if (!(otherCores(best) > IDLE_CORES)) break;
  }
  return best!;
}

/** A process and all that descend from it; those that end meanwhile are left out. */
export function processTree(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(/\s+/).filter(Boolean).map(Number) ?? [];
  const threads = otherThreads(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`)?.trim().split(/\s+/).filter(Boolean).map(Number) ?? []
  );
  return [pid, ...[...new Set([...children, ...threads])].flatMap(processTree)];
}

/** Any thread can be the parent of a child. */
function otherThreads(pid: number): number[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => Number(name)).filter((id) => id !== pid);
  } catch {
    return [];
  }
}

function busySeconds(): number {
  const fields = read("/proc/stat")?.split("\n")[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  const [idle = NaN, waiting = NaN] = fields.slice(3);
  return (fields.reduce((sum, ticks) => sum + ticks, 0) - idle - waiting) / TICKS;
}

function processSeconds(pid: number): number {
  // After the name, which may hold spaces, in brackets: user and system time are the 14th and 15th field.
  const fields = read(`/proc/${pid}/stat`)?.replace(/^.*\) /s, "").split(" ").map(Number) ?? [];
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS;
}

export function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
