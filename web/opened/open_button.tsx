import { useRef } from "preact/hooks";
import { filesOfInput } from "./files_of.ts";
import { useFileDrop } from "./use_file_drop.ts";
import type { Opened } from "./use_opened.ts";

/** Opens files from this machine, by hand or by dropping them on the page. */
export function OpenButton({ opened: { open, reading, fault } }: { opened: Opened }) {
  const input = useRef<HTMLInputElement>(null);
  const over = useFileDrop((files) => void open(files));
  return (
    <>
      <button
        type="button"
        class="open"
        title="A result of this service or of another tool; or drop files, or a folder, anywhere on the page"
        disabled={reading}
        aria-describedby={fault === null ? undefined : "open-fault"}
        onClick={() => input.current!.click()}
      >
        {reading ? "Reading…" : "Open a file"}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to open"
        onChange={({ currentTarget }) => {
          if (currentTarget.files!.length > 0) void open(filesOfInput(currentTarget.files!));
          currentTarget.value = "";
        }}
      />
      {fault !== null && <p class="fault" id="open-fault" role="alert">This file is not shown: {fault}</p>}
      {over && <div class="drop-here" aria-hidden="true">Drop it: it is shown here and sent nowhere</div>}
    </>
  );
}
