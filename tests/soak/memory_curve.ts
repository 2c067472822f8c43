import { processTree } from "../../bench/machine.ts";
import { resident } from "../../bench/process_memory.ts";

/** Resident memory at a time, in 10⁶ bytes: the process that has HTTP, and the engine's below it. */
export interface MemorySample {
  readonly seconds: number;
  readonly httpMb: number;
  readonly engineMb: number;
}

/** Samples a process and what descends from it until it is stopped. */
export class MemoryCurve {
  readonly samples: MemorySample[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #began = performance.now();

  constructor(private readonly pid: number, everySeconds: number) {
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), everySeconds * 1000);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const [http, ...engine] = processTree(this.pid).map(resident).map((bytes) => Number.isNaN(bytes) ? 0 : bytes / 1e6);
    const engineMb = engine.reduce((sum, bytes) => sum + bytes, 0);
    this.samples.push({ seconds: (performance.now() - this.#began) / 1000, httpMb: http!, engineMb });
  }
}

/** Of a part of the samples: the most that both took together, and what a straight line through it gains. */
export function growth(samples: readonly MemorySample[]): { readonly mostMb: number; readonly mbPerMinute: number } {
  const total = samples.map(({ httpMb, engineMb }) => httpMb + engineMb);
  const minutes = samples.map(({ seconds }) => seconds / 60);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(minutes), mean(total)];
  const covariance = minutes.reduce((sum, minute, at) => sum + (minute - x) * (total[at]! - y), 0);
  const variance = minutes.reduce((sum, minute) => sum + (minute - x) ** 2, 0);
  return { mostMb: Math.max(...total), mbPerMinute: variance === 0 ? 0 : covariance / variance };
}

const WIDTH = 60;

/** A line each `everySeconds`: the means of the samples in it, and a bar of both together. */
export function curveText(samples: readonly MemorySample[], everySeconds: number): string {
  const most = growth(samples).mostMb;
  const groups = Map.groupBy(samples, ({ seconds }) => Math.floor(seconds / everySeconds));
  const lines = [...groups].map(([group, part]) => {
    const mean = (pick: (sample: MemorySample) => number) =>
      part.reduce((sum, one) => sum + pick(one), 0) / part.length;
    const [http, engine] = [mean(({ httpMb }) => httpMb), mean(({ engineMb }) => engineMb)];
    const bar = "#".repeat(Math.round(WIDTH * (http + engine) / most));
    const cells = [(group * everySeconds / 60).toFixed(1), http.toFixed(0), engine.toFixed(0)];
    return `${cells.map((cell) => cell.padStart(8)).join("")}  ${bar}`;
  });
  return ["  minute http MB engine MB", ...lines].join("\n");
}
