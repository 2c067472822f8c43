import { JobRunner } from "../../lab/jobs/runner.ts";
import type { JobQueue } from "../../lab/jobs/types.ts";
import type { Keyring } from "../../lab/keys/keyring.ts";
import { EngineUnavailable } from "../../model/engine/engine.ts";
import type { ProbeParts } from "../admitted_probe.ts";
import type { Log } from "../../log/log.ts";
import { refusePrompt, runPrompts } from "./run_prompts.ts";

/** Jobs that are run at a time: while the lines of one are written, the other computes. */
const PARALLEL = 2;
/** How often an engine that is away is looked for. */
const LOOK_MS = 250;

export type JobRunnerSources = Omit<ProbeParts, "log"> & {
  readonly log: Log;
  /** Null without keys. */
  readonly keyring: Pick<Keyring, "callerOf"> | null;
};

/** Runs the jobs of a queue on the loaded model, from when it is loaded until it is stopped. */
export function jobRunner({ keyring, ...parts }: JobRunnerSources, queue: JobQueue): JobRunner {
  return new JobRunner({
    queue,
    run: runPrompts(parts),
    refuse: refusePrompt,
    ready: (signal) => engineReady(parts, signal),
    callerNow: (caller) => keyring === null || caller.id === null ? caller : keyring.callerOf(caller.id),
    log: parts.log,
    parallel: PARALLEL,
  });
}

/** Resolves when a probe would be taken. @throws the signal's reason */
async function engineReady(
  { engine, model }: Pick<ProbeParts, "engine" | "model">,
  signal: AbortSignal,
): Promise<void> {
  while (engine.state !== "ready" || !isLoaded(model)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function isLoaded(model: ProbeParts["model"]): boolean {
  try {
    model();
    return true;
  } catch (error) {
    if (error instanceof EngineUnavailable) return false;
    throw error;
  }
}
