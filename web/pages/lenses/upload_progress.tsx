import { byteText } from "../../text/byte_text.ts";
import type { HubPhase } from "./hub_import.ts";
import type { UploadPhase } from "./upload.ts";

interface Props {
  readonly phase: UploadPhase | HubPhase;
  /** Bytes of the file; the hub says its own. */
  readonly total: number;
}

/** How far the bytes are: a bar, and words that are read aloud when their kind changes. */
export function UploadProgress({ phase, total }: Props) {
  const [done, all] = phase.kind === "sending"
    ? [phase.sent, total]
    : phase.kind === "fetching"
    ? [phase.done, phase.total]
    : [0, 0];
  const moves = phase.kind === "sending" || phase.kind === "fetching";
  return (
    <>
      <p class="hint" role="status">{phaseText(phase, total)}</p>
      {moves && (
        <p class="progress">
          <progress aria-label="Bytes" {...all > 0 ? { max: all, value: Math.min(done, all) } : {}} />
          <span>{byteText(Math.min(done, all || done))}{all > 0 && ` of ${byteText(all)}`}</span>
        </p>
      )}
    </>
  );
}

function phaseText(phase: UploadPhase | HubPhase, total: number): string {
  switch (phase.kind) {
    case "ready":
    case "refused":
    case "waiting":
      return "";
    case "hashing":
      return "Computing the digest…";
    case "sending":
      return phase.sent < total ? "Sending…" : "Sent. The service checks the file…";
    case "asking":
      return "Asking the hub…";
    case "fetching":
      return "Fetching…";
    case "cancelled":
      return "Cancelled. Nothing was kept.";
    case "done":
      return `Done: the service has ${phase.lens.id}.`;
  }
}
