import { TroubleText } from "../../form/trouble_text.tsx";
import type { HubPhase } from "./hub_import.ts";
import { LensFacts } from "./lens_facts.tsx";
import type { UploadPhase } from "./upload.ts";
import { UploadProgress } from "./upload_progress.tsx";

interface Props {
  readonly phase: HubPhase | UploadPhase;
  /** Bytes of the file; 0: not known beforehand. */
  readonly total: number;
}

/** How far a lens on its way is, why it does not come, and what it is when it is there. */
export function Arrival({ phase, total }: Props) {
  const trouble = "trouble" in phase ? phase.trouble : null;
  return (
    <>
      <UploadProgress phase={phase} total={total} />
      {trouble !== null && <TroubleText trouble={trouble} again={phase.kind === "waiting" ? phase.seconds : null} />}
      {phase.kind === "done" && <LensFacts lens={phase.lens} />}
    </>
  );
}

/** On to the grid with the lens that has come, where it fits the model. */
export function UseArrived({ phase, use }: Pick<Props, "phase"> & { readonly use: (id: string) => void }) {
  if (phase.kind !== "done" || phase.lens.model_match === "none") return null;
  const { id } = phase.lens;
  return <button type="button" class="run" onClick={() => use(id)}>Use {id}</button>;
}
