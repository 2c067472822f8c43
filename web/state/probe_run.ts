import type { EndFrame, ProbeOptions, Problem, Prompt } from "../../clients/typescript/midstream.ts";
import { Picture } from "./picture.ts";
import type { Service } from "./service.ts";
import { secondsUntilAgain, troubleOf } from "./trouble.ts";

/** How far a probe is. */
export type Phase =
  | { readonly kind: "idle" | "asking" | "filling" | "stopped" }
  | { readonly kind: "queued"; readonly position: number; readonly waitMs: number }
  /** It asks again by itself: the service is away, or said when to come again. */
  | { readonly kind: "waiting"; readonly problem: Problem | null; readonly seconds: number }
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "done"; readonly end: EndFrame };

/** One probe at a time, its picture as it fills, and nothing lost when the service restarts: it is asked again. */
export class ProbeRun {
  readonly #service: Pick<Service, "stream">;
  readonly #changed: () => void;
  #stop = new AbortController();
  picture = new Picture();
  phase: Phase = { kind: "idle" };
  #startedAt = 0;
  #endedAt: number | null = null;

  /** @param changed called after every frame and change of phase */
  constructor(service: Pick<Service, "stream">, changed: () => void) {
    this.#service = service;
    this.#changed = changed;
  }

  get busy(): boolean {
    return ["asking", "queued", "filling", "waiting"].includes(this.phase.kind);
  }

  /** Since the probe was asked for, until it ended. */
  get elapsedMs(): number {
    return (this.#endedAt ?? performance.now()) - this.#startedAt;
  }

  stop(): void {
    if (!this.busy) return;
    this.#stop.abort();
    this.#enter({ kind: "stopped" });
  }

  async ask(prompt: Prompt, options: ProbeOptions): Promise<void> {
    this.#stop.abort();
    const stop = this.#stop = new AbortController();
    for (;;) {
      this.#startedAt = performance.now();
      this.#enter({ kind: "asking" });
      const wait = await this.#askOnce(prompt, options, stop.signal);
      if (stop.signal.aborted || wait === null) return;
      this.#enter(wait);
      await new Promise((resolve) => setTimeout(resolve, wait.seconds * 1000));
      if (stop.signal.aborted) return;
    }
  }

  /** Null when there is nothing to ask again. */
  async #askOnce(prompt: Prompt, options: ProbeOptions, signal: AbortSignal) {
    const picture = new Picture();
    try {
      for await (const frame of this.#service.stream(prompt, options, signal)) {
        if (signal.aborted) return null;
        picture.add(frame);
        // Until then the picture before it stays, dimmed: nothing flickers.
        if (frame.type === "start") this.picture = picture;
        if (frame.type === "queued") this.#enter({ kind: "queued", position: frame.position, waitMs: frame.wait_ms });
        else if (frame.type === "end") this.#enter({ kind: "done", end: frame });
        else if (frame.type !== "ping") this.#enter({ kind: "filling" });
      }
      return null;
    } catch (error) {
      if (signal.aborted) return null;
      const trouble = troubleOf(error);
      const { problem } = trouble;
      const seconds = secondsUntilAgain(trouble);
      if (seconds !== null) return { kind: "waiting", problem, seconds } as const;
      this.picture = picture;
      this.#enter({ kind: "refused", problem: problem! });
      return null;
    }
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#endedAt = this.busy ? null : this.#endedAt ?? performance.now();
    this.#changed();
  }
}
