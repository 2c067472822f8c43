import { type LensInfo, Midstream, type Statistic } from "../../clients/typescript/midstream.ts";
import { frames } from "./frames.ts";
import { refusalOf } from "./refusal.ts";
import type { SelfCheckInfo } from "./self_check_info.ts";
import type { VocabularyPage, VocabularyQuery } from "./vocabulary.ts";

export interface StatisticInfo {
  readonly name: Statistic;
  readonly unit: string;
  readonly description: string;
}

/** What the page reads of GET /model; a test holds it to the document. */
export interface ModelInfo {
  readonly id: string;
  readonly digest: string;
  readonly architecture: string;
  readonly layers: number;
  readonly precision: string;
  /** Null in f32, and where it was not measured. */
  readonly fidelity: FidelityInfo | null;
  readonly statistics: readonly StatisticInfo[];
  readonly context: number;
  /** Whether a chat's messages are understood. */
  readonly chat_template: boolean;
  readonly limits: Limits;
}

/** What the page reads of the service's limits, in bytes and prompts. */
export interface Limits {
  readonly lens_bytes: number;
  readonly body_bytes: number;
  readonly job_prompts: number;
}

/** How far a precision's read-outs are from float32's, measured on a text. */
export interface FidelityInfo {
  readonly positions: number;
  /** Mean KL to f32, in nats. */
  readonly kl: number;
  readonly top1_agreement: number;
  readonly mean_rank: number;
}

/** The service that this page came from, asked by its public API. */
export class Service extends Midstream {
  readonly #base: URL;
  /** What every request has. */
  readonly headers: Readonly<Record<string, string>>;

  /** @param base where the page lies: the service may be below a path */
  constructor(base: URL, key: string | null) {
    // Waiting is shown, so it is done where it can be shown.
    super(base.href, { patience: 0, ...key === null ? {} : { key } });
    this.headers = key === null ? {} : { authorization: `Bearer ${key}` };
    this.#base = base;
  }

  model(): Promise<ModelInfo> {
    return this.#get<ModelInfo>("model");
  }

  async lenses(): Promise<readonly LensInfo[]> {
    return (await this.#get<{ lenses: LensInfo[] }>("lenses")).lenses;
  }

  /** Takes a turn of the engine, and seconds. */
  selfCheck(): Promise<SelfCheckInfo> {
    return this.#get<SelfCheckInfo>("self-check");
  }

  /** Tokens by their text, best first, or by their ids. */
  async vocabulary(query: VocabularyQuery, signal?: AbortSignal): Promise<VocabularyPage> {
    const response = await this.ask(`vocabulary?${new URLSearchParams(query)}`, { signal: signal ?? null });
    return await response.json() as VocabularyPage;
  }

  get hasKey(): boolean {
    return "authorization" in this.headers;
  }

  url(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** @throws {ProblemError} for a refusal, in the service's words */
  async ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const response = await fetch(this.url(path), { ...init, headers: { ...this.headers, ...init.headers } });
    if (response.ok) return response;
    const { status, statusText, headers } = response;
    throw refusalOf({ status, statusText, header: (name) => headers.get(name), text: await response.text() });
  }

  /** The lines of a streamed answer; leaving the loop stops the work. */
  async *frames<T>(path: string, init: Parameters<Service["ask"]>[1] = {}): AsyncGenerator<T, void> {
    yield* frames<T>((await this.ask(path, init)).body!);
  }

  async #get<T>(path: string): Promise<T> {
    return await (await this.ask(path)).json() as T;
  }
}
