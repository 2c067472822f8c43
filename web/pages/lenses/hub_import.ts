import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import type { Service } from "../../state/service.ts";
import { type Unanswered, unanswered, untilSettled } from "../../state/trouble.ts";

/** What is fetched: the members of POST /imports, those that are empty left out. */
export interface HubRequest {
  readonly source: string;
  readonly lens_id: string;
  readonly revision: string;
}

export type HubPhase =
  | { readonly kind: "ready" | "asking" | "cancelled" }
  | { readonly kind: "fetching"; readonly done: number; readonly total: number }
  | Unanswered
  | { readonly kind: "done"; readonly lens: LensInfo };

type Frame =
  | { readonly type: "progress"; readonly bytes_done: number; readonly bytes_total: number }
  | { readonly type: "end"; readonly lens: LensInfo };

/** A published lens on its way from the hub to the service, one at a time. */
export class HubImport {
  readonly #service: Service;
  readonly #changed: (isNews: boolean) => void;
  #stop = new AbortController();
  form: HubRequest = { source: "", lens_id: "", revision: "" };
  phase: HubPhase = { kind: "ready" };

  /** @param changed called after every change; `isNews`: the service has another lens */
  constructor(service: Service, changed: (isNews: boolean) => void) {
    this.#service = service;
    this.#changed = changed;
  }

  get busy(): boolean {
    return ["asking", "fetching", "waiting"].includes(this.phase.kind);
  }

  fill(form: Partial<HubRequest>): void {
    this.form = { ...this.form, ...form };
    this.#changed(false);
  }

  /** The service stops too, and keeps the bytes it has: asked again, it goes on from there. */
  cancel(): void {
    if (!this.busy) return;
    this.#stop.abort();
    this.#enter({ kind: "cancelled" });
  }

  async start(): Promise<void> {
    this.#stop.abort();
    const { signal } = this.#stop = new AbortController();
    await untilSettled(() => this.#fetch(signal), (phase) => this.#enter(phase), signal);
  }

  async #fetch(signal: AbortSignal): Promise<HubPhase> {
    this.#enter({ kind: "asking" });
    const body = JSON.stringify(Object.fromEntries(Object.entries(this.form).filter(([, value]) => value !== "")));
    const headers = { "content-type": "application/json" };
    try {
      for await (const frame of this.#service.frames<Frame>("imports", { method: "POST", headers, body, signal })) {
        if (signal.aborted) break;
        if (frame.type === "end") return { kind: "done", lens: frame.lens };
        this.#enter({ kind: "fetching", done: frame.bytes_done, total: frame.bytes_total });
      }
      return { kind: "refused", trouble: { problem: null, seconds: null } };
    } catch (error) {
      return unanswered(error);
    }
  }

  #enter(phase: HubPhase): void {
    this.phase = phase;
    this.#changed(phase.kind === "done");
  }
}
