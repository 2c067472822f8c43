import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Props {
  /** Names the button that opens the system's choice of files. */
  readonly label: string;
  /** Endings that the choice shows at first. */
  readonly accept: string;
  readonly several?: boolean;
  readonly take: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

/** Files by the system's choice, and words that say what may be dropped here. */
export function FileButton({ label, accept, several = false, take, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="drop">
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={several}
        aria-label={label}
        onChange={(event) => {
          take([...event.currentTarget.files ?? []]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
      <button type="button" onClick={() => input.current!.click()}>{label}</button>
      <span class="hint">{children}</span>
    </div>
  );
}
