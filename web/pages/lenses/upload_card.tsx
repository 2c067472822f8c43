import { useRef } from "preact/hooks";
import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import { Field } from "../../form/field.tsx";
import type { Limits } from "../../state/service.ts";
import { byteText } from "../../text/byte_text.ts";
import { Arrival, UseArrived } from "./arrival.tsx";
import { LENS_ID } from "./lens_id.ts";
import type { Upload } from "./upload.ts";
import { UploadOptions } from "./upload_options.tsx";

interface Props {
  readonly upload: Upload;
  /** Where it stands among the uploads. */
  readonly at: number;
  readonly lenses: readonly LensInfo[];
  readonly limits: Limits | undefined;
  readonly hasKeys: boolean;
  readonly use: (id: string) => void;
  readonly remove: () => void;
}

/** A file that was chosen: what it will be called, how far it is, and what the service found in it. */
export function UploadCard({ upload, at, lenses, limits, hasKeys, use, remove }: Props) {
  const { file, form, phase, busy } = upload;
  const prefix = `upload-${at}`;
  const existing = lenses.find(({ id }) => id === form.id);
  const replace = useRef<HTMLInputElement>(null);
  const trouble = "trouble" in phase ? phase.trouble : null;
  const faults = trouble?.problem?.errors ?? [];
  const faultOf = (name: string) => faults.find((fault) => fault.name === name)?.detail;
  const isTooLarge = limits !== undefined && file.size > limits.lens_bytes;
  const isFixed = existing !== undefined && !existing.persistent;

  return (
    <li class="card">
      <form
        aria-label={`Upload of ${file.name}`}
        onSubmit={(event) => {
          event.preventDefault();
          void upload.start(replace.current?.checked ? existing!.sha256 : null);
        }}
      >
        <h3>{file.name}</h3>
        <p class="hint">
          {byteText(file.size)}
          {upload.sha256 !== null && (
            <>
              , SHA-256 <code title={upload.sha256}>{upload.sha256.slice(0, 12)}…</code>
            </>
          )}
        </p>
        {isTooLarge && <p class="trouble">This service takes lenses of up to {byteText(limits.lens_bytes)}.</p>}
        {phase.kind !== "done" && (
          <fieldset disabled={busy}>
            <Field name={prefix} label="Id, for requests and links" fault={faultOf("lens_id")}>
              {(props) => (
                <input
                  {...props}
                  type="text"
                  required
                  pattern={LENS_ID}
                  title="a-z, 0-9, dot, underscore and hyphen, at most 64, a letter or digit first; not logit"
                  value={form.id}
                  onInput={(event) => upload.fill({ id: event.currentTarget.value })}
                />
              )}
            </Field>
            {isFixed && <p class="trouble">{form.id} was given at the start of the service: take another id.</p>}
            {existing !== undefined && !isFixed && (
              <label class="switch">
                <input type="checkbox" required ref={replace} /> replace the {existing.kind} lens {existing.id}
              </label>
            )}
            <UploadOptions upload={upload} prefix={prefix} hasKeys={hasKeys} faultOf={faultOf} />
          </fieldset>
        )}
        <Arrival phase={phase} total={file.size} />
        <p class="actions">
          {!busy && phase.kind !== "done" && (
            <button type="submit" class="run" disabled={isTooLarge || isFixed}>
              {phase.kind === "ready" ? "Upload" : "Upload again"}
            </button>
          )}
          {busy && <button type="button" onClick={() => upload.cancel()}>Cancel</button>}
          <UseArrived phase={phase} use={use} />
          {!busy && <button type="button" onClick={remove}>{phase.kind === "done" ? "Close" : "Leave it"}</button>}
        </p>
      </form>
    </li>
  );
}
