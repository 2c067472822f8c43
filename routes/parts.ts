import type { AuthenticateParts } from "./authenticate.ts";
import type { Admission } from "../lab/admission/admission.ts";
import type { JobStore } from "../lab/jobs/types.ts";
import type { QuotaLedger } from "../lab/quota/quotas.ts";
import type { CheckpointPlace } from "../lab/self_check/float64_comparison.ts";
import type { LensImporter } from "../lens/library/import_lens.ts";
import type { LensLibrary } from "../lens/library/types.ts";
import type { Engine } from "../model/engine/engine.ts";
import type { PrecisionFidelity } from "../model/engine/fidelity.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { ServiceMetrics } from "./service_metrics.ts";

/** A model folder without a tokenizer: token ids work, text does not. */
export interface NoTokenizer {
  readonly unavailable: string;
}

export interface AppSettings {
  /** Tokens of a prompt, beside the model's context; Infinity where only that bounds. */
  readonly maxTokens: number;
  /** Bytes of an answer of POST /probe. */
  readonly maxResponseBytes: number;
  /** Bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Bytes of a lens file. */
  readonly maxLensBytes: number;
  /** Prompts of a job. */
  readonly maxJobPrompts: number;
  readonly requestTimeoutMs: number;
  /** Whether requests under a foreign Host or from a foreign Origin are refused: on loopback without --open. */
  readonly guardHosts: boolean;
  /** Names beside the loopback ones, without a port. */
  readonly allowedHosts: readonly string[];
  /** Balancers that say for whom they ask: addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** Origins of web pages that may use the service (CORS). */
  readonly corsOrigins: readonly string[];
  /** Whether GET /metrics is for everybody. */
  readonly metricsPublic: boolean;
}

/** Structured log; a LogTape logger is one. */
export interface Log {
  info(message: string, properties: Record<string, unknown>): void;
  error(message: string, properties: Record<string, unknown>): void;
}

export interface Versions {
  readonly midstream: string;
  readonly deno: string;
  readonly onnxruntime: string;
}

/** What the service is put together from. */
export interface AppParts extends AuthenticateParts {
  readonly quotas: QuotaLedger;
  readonly engine: Engine;
  /** A promise, because the tokenizer needs the model's vocabulary; it must not resolve long after `engine.loaded`. */
  readonly tokenizer: Promise<Tokenizer | NoTokenizer>;
  /** A promise, because lenses are held to the model: it resolves when they are registered. */
  readonly lenses: Promise<LensLibrary>;
  /** What the precision was measured to do to this model; null where it was not. */
  readonly fidelity: Promise<PrecisionFidelity | null>;
  readonly imports: LensImporter;
  /** A promise, because a store is opened; a JobStoreError where it could not be. */
  readonly jobs: Promise<JobStore>;
  /** For the self-check, which recomputes from it. Its path is for no answer. */
  readonly checkpoint: CheckpointPlace;
  readonly admission: Pick<
    Admission,
    "enter" | "expectedWaitMs" | "calibration" | "waiting" | "oldestWaitMs" | "running" | "places" | "parallel"
  >;
  /** True from SIGTERM on. */
  readonly draining: () => boolean;
  readonly settings: AppSettings;
  readonly log: Log;
  readonly metrics: ServiceMetrics;
  readonly versions: Versions;
}
