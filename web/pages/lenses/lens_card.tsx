import { useState } from "preact/hooks";
import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import { TroubleText } from "../../form/trouble_text.tsx";
import type { Service } from "../../state/service.ts";
import { type Trouble, troubleOf } from "../../state/trouble.ts";
import { ConfirmButton } from "../confirm_button.tsx";
import { Download } from "../download.tsx";
import { LensFacts } from "./lens_facts.tsx";
import { LensSaid } from "./lens_said.tsx";

interface Props {
  readonly lens: LensInfo;
  readonly service: Service;
  /** Looks at the prompt through it. */
  readonly use: () => void;
  /** Called when something else is said about it. */
  readonly changed: () => void;
  /** Called when it is there no more. */
  readonly gone: () => void;
}

/** A lens of the service, and what can be done with it. */
export function LensCard({ lens, service, use, changed, gone }: Props) {
  const { id, sha256, built_in, persistent, model_match } = lens;
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const path = `lenses/${encodeURIComponent(id)}`;
  async function remove() {
    setTrouble(null);
    try {
      // What was replaced meanwhile is not what was meant.
      await service.ask(path, { method: "DELETE", headers: { "if-match": `"${sha256}"` } });
      gone();
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  }
  return (
    <li class="card" data-lens={id}>
      <h3>{id}</h3>
      <LensFacts lens={lens} />
      <p class="actions">
        {model_match !== "none" && <button type="button" aria-label={`Use ${id}`} onClick={use}>Use</button>}
        {!built_in && (
          <>
            <Download service={service} path={`${path}/weights`} name={id} label="Download" />
            <Download
              service={service}
              path={`${path}/weights?format=safetensors`}
              name={`${id}.safetensors`}
              label="Download as safetensors"
            />
          </>
        )}
        {!built_in && persistent && (
          <ConfirmButton
            label="Delete"
            question={`Delete ${id} for good?`}
            confirm={() => void remove()}
          />
        )}
      </p>
      {trouble !== null && <TroubleText trouble={trouble} />}
      {!built_in && persistent && <LensSaid lens={lens} service={service} changed={changed} />}
    </li>
  );
}
