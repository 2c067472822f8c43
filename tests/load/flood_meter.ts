/** A worker that measures until it is told to stop: the flood's own thread has too much to do to time anything. */
import { freshPrompt } from "./fairness.ts";

export interface Measured {
  readonly count: number;
  /** Asked and not answered with 200. */
  readonly failed: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

export interface MeterTask {
  readonly url: string;
  /** Of the key that asks light probes. */
  readonly secret: string;
  readonly vocabulary: number;
}

export interface MeterReport {
  readonly livez: Measured;
  readonly probe: Measured;
}

const EVERY_MS = 100;

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<MeterTask | "stop">) => void;
  postMessage(report: MeterReport): void;
};
let stopped = false;
worker.onmessage = async ({ data }) => {
  if (data === "stop") {
    stopped = true;
    return;
  }
  const { url, secret, vocabulary } = data;
  const [livez, probe] = await Promise.all([
    measure(() => fetch(`${url}/livez`)),
    measure((turn) =>
      fetch(`${url}/probe`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${secret}` },
        body: JSON.stringify({ prompt: freshPrompt(8, turn, vocabulary), top_k: 1 }),
      })
    ),
  ]);
  worker.postMessage({ livez, probe });
};

/** One after the other, at most one every {@link EVERY_MS}. */
async function measure(ask: (turn: number) => Promise<Response>): Promise<Measured> {
  const times: number[] = [];
  let failed = 0;
  for (let turn = 0; !stopped; turn++) {
    const began = performance.now();
    const status = await ask(turn).then(async (response) => {
      await response.arrayBuffer();
      return response.status;
    }, () => 0);
    const ms = performance.now() - began;
    if (status === 200) times.push(ms);
    else failed++;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - ms)));
  }
  times.sort((a, b) => a - b);
  return { count: times.length, failed, medianMs: times[times.length >> 1] ?? NaN, worstMs: times.at(-1) ?? NaN };
}
