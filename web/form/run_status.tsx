import { Countdown } from "./countdown.tsx";
import type { Phase, ProbeRun } from "../state/probe_run.ts";

/** How far the probe is, in a line that is read aloud when its kind changes. */
export function RunStatus({ run }: { run: ProbeRun }) {
  const { phase, picture } = run;
  const isTrouble = phase.kind === "refused" || phase.kind === "waiting";
  return (
    <section class="status" aria-label="Progress">
      <p role="status" class={isTrouble ? "trouble" : undefined} data-phase={phase.kind}>
        {phaseText(phase)}
        {phase.kind === "waiting" && phase.problem !== null && (
          <>
            {" "}
            <Countdown seconds={phase.seconds} />.
          </>
        )}
      </p>
      <p class="counts">
        {picture.begun &&
          `${picture.rows} of ${picture.expectedRows} rows · ${(run.elapsedMs / 1000).toFixed(2)} s`}
      </p>
    </section>
  );
}

function phaseText(phase: Phase): string {
  switch (phase.kind) {
    case "idle":
      return "";
    case "asking":
      return "Asking…";
    case "queued":
      return `Waiting in the queue, place ${phase.position}`;
    case "filling":
      return "Reading…";
    case "stopped":
      return "Stopped";
    case "waiting":
      return phase.problem === null
        ? "The service is not reached. It is asked again every second."
        : `${phase.problem.title}: ${phase.problem.detail}. It is asked again in`;
    case "refused":
      return `${phase.problem.title}: ${phase.problem.detail}`;
    case "done": {
      const { forward_ms, lens_ms } = phase.end.timing;
      return `Done: forward ${forward_ms.toFixed(1)} ms, lens ${lens_ms.toFixed(1)} ms`;
    }
  }
}
