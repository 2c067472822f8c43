import { useState } from "preact/hooks";
import type { LensInfo } from "../../../clients/typescript/midstream.ts";
import { Field, Switch } from "../../form/field.tsx";
import { TroubleText } from "../../form/trouble_text.tsx";
import type { Service } from "../../state/service.ts";
import { type Trouble, troubleOf } from "../../state/trouble.ts";

interface Props {
  readonly lens: LensInfo;
  readonly service: Service;
  readonly changed: () => void;
}

/** What is said about a lens: its note, and with keys whether others see it. */
export function LensSaid({ lens: { id, sha256, note, shared }, service, changed }: Props) {
  const [text, setText] = useState(note ?? "");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isKept, setKept] = useState(false);
  async function say(said: { readonly note: string | null } | { readonly shared: boolean }) {
    setTrouble(null);
    setKept(false);
    try {
      await service.ask(`lenses/${encodeURIComponent(id)}`, {
        method: "PATCH",
        // What was replaced meanwhile is not what was meant.
        headers: { "content-type": "application/json", "if-match": `"${sha256}"` },
        body: JSON.stringify(said),
      });
      setKept(true);
      changed();
    } catch (error) {
      setTrouble(troubleOf(error));
    }
  }
  return (
    <details class="said">
      <summary>{service.hasKey ? "Note and who sees it" : "Note"}</summary>
      <form
        aria-label={`What is said about ${id}`}
        onSubmit={(event) => {
          event.preventDefault();
          void say({ note: text === "" ? null : text });
        }}
      >
        <Field name={`note-${id}`} label="Note" fault={undefined}>
          {(props) => (
            <input
              {...props}
              type="text"
              maxLength={2000}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <p class="actions">
          <button type="submit">Keep the note</button>
          {service.hasKey && <Switch label="others see it" on={shared} turn={(shared) => void say({ shared })} />}
          <span role="status" class="hint">{isKept ? "Kept." : ""}</span>
        </p>
      </form>
      {trouble !== null && <TroubleText trouble={trouble} />}
    </details>
  );
}
