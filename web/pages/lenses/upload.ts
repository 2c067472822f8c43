import type { LensInfo, LensOptions } from "../../../clients/typescript/midstream.ts";
import type { Service } from "../../state/service.ts";
import { type Trouble, troubleOf, type Unanswered, unanswered, untilSettled } from "../../state/trouble.ts";
import { sendLens } from "./send_lens.ts";
import { sha256Of } from "./sha256_of.ts";

/** How far an upload is. */
export type UploadPhase =
  | { readonly kind: "ready" | "hashing" | "cancelled" }
  | { readonly kind: "sending"; readonly sent: number }
  /** Told to wait, it is sent again by itself. */
  | Unanswered
  /** `trouble`: its config.json was refused; the lens is there all the same. */
  | { readonly kind: "done"; readonly lens: LensInfo; readonly trouble: Trouble | null };

/** What is asked of the service for a file. */
export interface UploadForm {
  readonly id: string;
  readonly options: Omit<LensOptions, "sha256">;
  /** tuned-lens' config.json, checked against the weights. */
  readonly config: File | null;
}

/** A lens file on its way to the service. It goes on while other pages are looked at. */
export class Upload {
  readonly file: File;
  readonly #service: Service;
  readonly #changed: (isNews: boolean) => void;
  #stop = new AbortController();
  form: UploadForm;
  phase: UploadPhase = { kind: "ready" };
  /** Of the file; null: not computed here. */
  sha256: string | null = null;

  /** @param changed called after every change; `isNews`: the service has other lenses than it had */
  constructor(service: Service, file: File, id: string, changed: (isNews: boolean) => void) {
    this.#service = service;
    this.#changed = changed;
    this.file = file;
    this.form = { id, options: {}, config: null };
  }

  get busy(): boolean {
    return ["hashing", "sending", "waiting"].includes(this.phase.kind);
  }

  fill(form: Partial<UploadForm>): void {
    this.form = { ...this.form, ...form };
    this.#changed(false);
  }

  cancel(): void {
    if (!this.busy) return;
    this.#stop.abort();
    this.#enter({ kind: "cancelled" });
  }

  /** @param replaces sha256 of the lens to replace; null: nothing may be there */
  async start(replaces: string | null): Promise<void> {
    this.#stop.abort();
    const { signal } = this.#stop = new AbortController();
    this.#enter({ kind: "hashing" });
    try {
      this.sha256 ??= await sha256Of(this.file);
    } catch {
      // What cannot be read cannot be sent either, and then it is said.
    }
    await untilSettled(() => this.#send(replaces, signal), (phase) => this.#enter(phase), signal);
  }

  async #send(replaces: string | null, signal: AbortSignal): Promise<UploadPhase> {
    this.#enter({ kind: "sending", sent: 0 });
    const { id, options, config } = this.form;
    const stated = this.sha256 === null ? {} : { sha256: this.sha256 };
    try {
      const lens = await sendLens(
        this.#service,
        { id, file: this.file, options: { ...options, ...stated }, replaces },
        { signal, progress: (sent) => this.#enter({ kind: "sending", sent }) },
      );
      return await this.#configure(lens, config);
    } catch (error) {
      return unanswered(error);
    }
  }

  async #configure(lens: LensInfo, config: File | null): Promise<UploadPhase> {
    if (config === null) return { kind: "done", lens, trouble: null };
    try {
      const answer = await this.#service.ask(`lenses/${encodeURIComponent(lens.id)}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ config: await config.text() }),
      });
      return { kind: "done", lens: await answer.json() as LensInfo, trouble: null };
    } catch (error) {
      return { kind: "done", lens, trouble: troubleOf(error) };
    }
  }

  #enter(phase: UploadPhase): void {
    if (this.#stop.signal.aborted && phase.kind === "sending") return;
    this.phase = phase;
    // Refused for what is there: somebody else put or took it meanwhile.
    const isLate = phase.kind === "refused" && phase.trouble.problem?.status === 412;
    this.#changed(isLate || phase.kind === "done");
  }
}
