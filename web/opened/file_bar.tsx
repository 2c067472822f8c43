import type { OpenedFile } from "./opened_file.ts";

interface Props {
  readonly file: OpenedFile;
  /** Which of its prompts is shown. */
  readonly chosen: number;
  readonly choose: (at: number) => void;
  readonly close: () => void;
}

/** Which file is shown, what is to be known of it, and the way back. */
export function FileBar({ file: { name, imported: { format, prompts, notes } }, chosen, choose, close }: Props) {
  const { model, norm } = prompts[chosen]!.data;
  return (
    <section class="file-bar" aria-label="Opened file">
      <p>
        <strong>{name}</strong> <span>{format}</span>
        <span>model {model === "" ? "not said" : model}</span>
        <span>norm {norm ?? "not said"}</span>
      </p>
      <p class="buttons">
        {prompts.length > 1 && (
          <>
            <label for="file-prompt">Prompt</label>
            <select
              id="file-prompt"
              value={chosen}
              onChange={(event) => choose(Number(event.currentTarget.value))}
            >
              {prompts.map(({ title }, at) => <option key={at} value={at}>{at + 1}: {title}</option>)}
            </select>
          </>
        )}
        <button type="button" onClick={close}>Close</button>
      </p>
      {notes.length > 0 && <ul class="notes">{notes.map((note) => <li key={note}>{note}</li>)}</ul>}
    </section>
  );
}
