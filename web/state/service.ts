import {
  type LensInfo,
  Midstream,
  type Problem,
  ProblemError,
  type Statistic,
} from "../../clients/typescript/midstream.ts";
import type { SelfCheckInfo } from "./self_check_info.ts";

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
  readonly #headers: HeadersInit;

  /** @param base where the page lies: the service may be below a path */
  constructor(base: URL, key: string | null) {
    // Waiting is shown, so it is done where it can be shown.
    super(base.href, { patience: 0, ...key === null ? {} : { key } });
    this.#headers = key === null ? {} : { authorization: `Bearer ${key}` };
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

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, this.#base), { headers: this.#headers });
    if (response.ok) return await response.json() as T;
    const wait = Number(response.headers.get("retry-after") ?? NaN);
    throw new ProblemError(await response.json() as Problem, Number.isFinite(wait) ? wait : undefined);
  }
}
