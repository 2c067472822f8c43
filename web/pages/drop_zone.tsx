import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

interface Props {
  /** Names the button that opens the system's choice of files. */
  readonly label: string;
  /** Endings that the choice shows at first. */
  readonly accept: string;
  readonly several?: boolean;
  readonly take: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

/** Takes files that are dropped, or chosen by the button. */
export function DropZone({ label, accept, several = false, take, children }: Props) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take([...event.dataTransfer?.files ?? []]);
      }}
    >
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={several}
        aria-label={label}
        onChange={(event) => {
          take([...event.currentTarget.files ?? []]);
          event.currentTarget.value = "";
        }}
      />
      <button type="button" onClick={() => input.current!.click()}>{label}</button>
      <span class="hint">{children}</span>
    </div>
  );
}
