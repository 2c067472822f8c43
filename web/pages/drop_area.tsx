import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useStrayFiles } from "./use_stray_files.ts";

interface Props {
  readonly class: string;
  readonly take: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

/** A page that takes files that are dropped anywhere on it; elsewhere they are opened as pictures. */
export function DropArea({ class: name, take, children }: Props) {
  const [over, setOver] = useState(false);
  useStrayFiles();
  return (
    <main
      class={over ? `${name} over` : name}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        take([...event.dataTransfer?.files ?? []]);
      }}
    >
      {children}
    </main>
  );
}
