import { Field } from "../../form/field.tsx";
import { TroubleText } from "../../form/trouble_text.tsx";
import type { HubImport, HubRequest } from "./hub_import.ts";
import { LensFacts } from "./lens_facts.tsx";
import { LENS_ID } from "./lens_id.ts";
import { UploadProgress } from "./upload_progress.tsx";

interface Props {
  readonly hub: HubImport;
  readonly use: (id: string) => void;
}

const FIELDS = {
  source: { label: "Repository and path", example: "spaces/AlignmentResearch/tuned-lens:lens/…" },
  lens_id: { label: "Id here", example: "made of the source's name" },
  revision: { label: "Revision", example: "main" },
} as const satisfies Record<keyof HubRequest, unknown>;

/** Has the service fetch a published lens from the hub. */
export function ImportForm({ hub, use }: Props) {
  const { form, phase, busy } = hub;
  const trouble = "trouble" in phase ? phase.trouble : null;
  const faults = trouble?.problem?.errors ?? [];
  return (
    <form
      class="card"
      aria-label="Import"
      onSubmit={(event) => {
        event.preventDefault();
        void hub.start();
      }}
    >
      <fieldset disabled={busy} class="fields">
        {(Object.keys(FIELDS) as (keyof HubRequest)[]).map((name) => (
          <Field
            key={name}
            name={`import-${name}`}
            label={FIELDS[name].label}
            fault={faults.find(({ pointer }) => pointer === `/${name}`)?.detail}
          >
            {(props) => (
              <input
                {...props}
                type="text"
                placeholder={FIELDS[name].example}
                {...name === "lens_id" ? { pattern: LENS_ID } : {}}
                value={form[name]}
                onInput={(event) => hub.fill({ [name]: event.currentTarget.value.trim() })}
              />
            )}
          </Field>
        ))}
      </fieldset>
      <p class="hint">
        Left empty: the lens that tuned-lens' authors published for this model. The service fetches it; what it has of
        an import that was stopped is not fetched again.
      </p>
      <UploadProgress phase={phase} total={0} />
      {trouble !== null && <TroubleText trouble={trouble} again={phase.kind === "waiting" ? phase.seconds : null} />}
      {phase.kind === "done" && <LensFacts lens={phase.lens} />}
      <p class="actions">
        {!busy && <button type="submit">Import</button>}
        {busy && <button type="button" onClick={() => hub.cancel()}>Cancel</button>}
        {phase.kind === "done" && phase.lens.model_match !== "none" && (
          <button
            type="button"
            class="run"
            onClick={() => use(phase.lens.id)}
          >
            Use {phase.lens.id}
          </button>
        )}
      </p>
    </form>
  );
}
