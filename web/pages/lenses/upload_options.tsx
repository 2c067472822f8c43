import type { LensOptions } from "../../../clients/typescript/midstream.ts";
import { Choice, Field, Switch } from "../../form/field.tsx";
import type { Upload } from "./upload.ts";

interface Props {
  readonly upload: Upload;
  /** Before the names of the controls, which are one of many forms. */
  readonly prefix: string;
  /** Whether lenses belong to keys. */
  readonly hasKeys: boolean;
  readonly faultOf: (name: string) => string | undefined;
}

/** What a lens file may leave unsaid. */
export function UploadOptions({ upload, prefix, hasKeys, faultOf }: Props) {
  const { options, config } = upload.form;
  /** An option that is not said is not sent. */
  function say(name: keyof LensOptions, value: string | number | boolean) {
    const { [name]: _, ...others } = upload.form.options as LensOptions;
    upload.fill({ options: value === "" ? others : { ...others, [name]: value } });
  }
  return (
    <details>
      <summary>What the file does not say</summary>
      <div class="fields">
        <Choice
          name={`${prefix}-reading`}
          label="A tuned lens is read"
          value={options.reading ?? ""}
          of={["", "danyude"]}
          labels={["as the tuned-lens package does", "as DanYuDE/Research-Project does"]}
          fault={faultOf("reading")}
          choose={(value) => say("reading", value)}
        />
        <Field name={`${prefix}-unembed`} label="unembed_hash, of config.json" fault={faultOf("unembed_hash")}>
          {(props) => (
            <input
              {...props}
              type="text"
              maxLength={128}
              value={options.unembed_hash ?? ""}
              onInput={(event) => say("unembed_hash", event.currentTarget.value)}
            />
          )}
        </Field>
        <Choice
          name={`${prefix}-capture`}
          label="A Jacobian lens was captured"
          value={options.capture_point ?? ""}
          of={["", "block_output"]}
          labels={["where the file says", "at the output of each block"]}
          fault={faultOf("capture_point")}
          choose={(value) => say("capture_point", value)}
        />
        <Field name={`${prefix}-target`} label="Its target block; -1 is the last" fault={faultOf("target_layer")}>
          {(props) => (
            <input
              {...props}
              type="number"
              min={-1}
              max={65535}
              value={options.target_layer ?? ""}
              onInput={({ currentTarget: { value } }) => say("target_layer", value === "" ? "" : Number(value))}
            />
          )}
        </Field>
        <Field name={`${prefix}-note`} label="Note" fault={faultOf("note")}>
          {(props) => (
            <input
              {...props}
              type="text"
              maxLength={2000}
              value={options.note ?? ""}
              onInput={(event) => say("note", event.currentTarget.value)}
            />
          )}
        </Field>
        <Field name={`${prefix}-config`} label="config.json" fault={undefined}>
          {(props) => (
            <input
              {...props}
              type="file"
              accept=".json"
              onChange={(event) => upload.fill({ config: event.currentTarget.files?.[0] ?? null })}
            />
          )}
        </Field>
        {hasKeys && (
          <Switch
            label="others see it"
            on={options.shared ?? true}
            turn={(shared) => say("shared", shared ? "" : false)}
          />
        )}
      </div>
      {config !== null && <p class="hint">{config.name} goes with it.</p>}
    </details>
  );
}
