import type { DownloadProgress } from "./progress.ts";
import type { HubSettings } from "./settings.ts";

/** What every fetch from a hub takes. */
export interface HubOptions {
  readonly settings: HubSettings;
  /** Stops the fetch, which then rejects with the signal's reason; what is on disk is gone on from next time. */
  readonly signal?: AbortSignal;
  /** Called at every chunk of a download; not called when nothing has to be downloaded. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** The global fetch by default. */
  readonly fetch?: typeof fetch;
  /** Pauses before another try after a transient failure, in ms; as many tries more as there are pauses. */
  readonly retryDelays?: readonly number[];
  /** A connection that sends nothing for so long is given up, in ms. */
  readonly stallTimeout?: number;
}

export const RETRY_DELAYS: readonly number[] = [500, 2000, 4000];
export const STALL_TIMEOUT = 30_000;
