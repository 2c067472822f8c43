import { useEffect, useState } from "preact/hooks";
import type { DroppedFile } from "../formats/dropped_file.ts";
import { filesOfDrop } from "./files_of.ts";

/** Takes files that are dropped anywhere on the page, while the component is there. Says whether some are held over it. */
export function useFileDrop(drop: (files: Promise<readonly DroppedFile[]>) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    function onOver(event: DragEvent) {
      if (!holdsFiles(event)) return;
      // Parts of the page may take files of their own.
      const isTaken = event.defaultPrevented;
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
      setOver(!isTaken);
    }
    /** Leaving an element for another within the page is no leaving. */
    function onLeave(event: DragEvent) {
      if (event.relatedTarget === null) setOver(false);
    }
    function onDrop(event: DragEvent) {
      setOver(false);
      if (!holdsFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      drop(filesOfDrop(event.dataTransfer!));
    }
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  }, []);
  return over;
}
