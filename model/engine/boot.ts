import type { EngineOptions } from "./options.ts";

/** Where the engine process listens: a socket in a private folder, or, where those are missing, loopback with a secret. */
export type Listen =
  | { readonly transport: "unix"; readonly path: string }
  | { readonly transport: "tcp"; readonly secret: string };

/**
 * First line of the engine process' standard input, which then stays open for as long as the parent wants the engine:
 * its end, also by the parent's death, is the order to finish and exit. (A signal would not do: a terminal's or a
 * service manager's goes to both processes at once, and the parent still has requests to finish.)
 */
export interface Boot {
  readonly options: EngineOptions;
  readonly listen: Listen;
  /** Time to finish work in flight after the end of the input, in milliseconds. */
  readonly drainMs: number;
}

/** What the engine process reports on its standard output, one line each, behind REPORT_MARK. */
export type Report =
  | { readonly type: "listening"; readonly port?: number }
  | { readonly type: "ready" }
  /** The model cannot be served: one clear line. */
  | { readonly type: "refused"; readonly message: string };

/** Tells reports from what a library may print. */
export const REPORT_MARK = "@engine ";
