import { Field } from "../../form/field.tsx";
import { Arrival, UseArrived } from "./arrival.tsx";
import type { HubImport, HubRequest } from "./hub_import.ts";
import { LENS_ID } from "./lens_id.ts";

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
      <Arrival phase={phase} total={0} />
      <p class="actions">
        {!busy && <button type="submit">Import</button>}
        {busy && <button type="button" onClick={() => hub.cancel()}>Cancel</button>}
        <UseArrived phase={phase} use={use} />
      </p>
    </form>
  );
}
