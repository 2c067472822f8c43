import { useState } from "preact/hooks";
import { MOST_CHARACTERS, parsePrompts } from "./parse_prompts.ts";
import { type PromptSet, PromptSetFault } from "./prompt_set.ts";

/** Bytes of a file whose text may still have few enough characters. */
const MOST_BYTES = 4 * MOST_CHARACTERS;

interface Props {
  /** Of the sets that there are. */
  readonly names: readonly string[];
  readonly add: (set: PromptSet) => void;
}

/** Makes a set of a file that is dropped or opened, or of a text that is pasted. It stays in this tab. */
export function AddSet({ names, add }: Props) {
  const [text, setText] = useState("");
  const [said, setSaid] = useState<{ readonly fault: boolean; readonly text: string }>({ fault: false, text: "" });
  const [isOver, setOver] = useState(false);

  /** @param file its name; empty for a text that was pasted */
  function addText(file: string, text: string) {
    const name = file === "" ? freeName(names) : file;
    try {
      const { prompts, repeated } = parsePrompts(file, text);
      const left = repeated === 0 ? "" : `, ${repeated} left out for being there already`;
      setSaid({ fault: false, text: `${name}: ${prompts.length} prompts${left}` });
      setText("");
      add({ name, prompts });
    } catch (error) {
      if (!(error instanceof PromptSetFault)) throw error;
      setSaid({ fault: true, text: `${name}: ${error.message}` });
    }
  }

  async function addFile(file: File | undefined) {
    if (file === undefined) return;
    if (file.size > MOST_BYTES) {
      setSaid({ fault: true, text: `${file.name}: more than ${MOST_CHARACTERS} characters` });
      return;
    }
    try {
      addText(file.name, new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
    } catch {
      setSaid({ fault: true, text: `${file.name}: this is not text in UTF-8` });
    }
  }

  return (
    <details
      class={isOver ? "add-set over" : "add-set"}
      // The page opens files that are dropped elsewhere; what is prevented it leaves alone.
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        addFile(event.dataTransfer?.files[0]);
      }}
    >
      <summary>Add a set</summary>
      <label for="set-text">
        Prompts: one a line, JSON, or CSV with a column <code>prompt</code>, <code>question</code> or <code>text</code>
      </label>
      <textarea
        id="set-text"
        rows={4}
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="buttons">
        <button type="button" disabled={text.trim() === ""} onClick={() => addText("", text)}>Use this text</button>
        <label for="set-file">or a file, which may be dropped here</label>
        <input
          id="set-file"
          type="file"
          accept=".txt,.json,.jsonl,.ndjson,.csv,text/plain"
          onChange={(event) => {
            addFile(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <p role="status" class={said.fault ? "fault" : "hint"}>{said.text}</p>
    </details>
  );
}

function freeName(names: readonly string[]): string {
  let number = 1;
  while (names.includes(`Pasted ${number}`)) number += 1;
  return `Pasted ${number}`;
}
