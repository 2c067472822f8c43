import { useState } from "preact/hooks";
import type { DroppedFile } from "../formats/dropped_file.ts";
import { ImportFault } from "../formats/imported.ts";
import type { OpenedFile } from "./opened_file.ts";
import { readOpened } from "./read_opened.ts";

/** The file that is open, or why one could not be. */
export interface Opened {
  readonly file: OpenedFile | null;
  /** Files opened so far: each is looked at anew. */
  readonly count: number;
  readonly fault: string | null;
  readonly reading: boolean;
  /** @param files may fail with an ImportFault, which is shown */
  readonly open: (files: Promise<readonly DroppedFile[]>) => Promise<void>;
  readonly close: () => void;
}

export function useOpened(): Opened {
  const [file, setFile] = useState<OpenedFile | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [count, setCount] = useState(0);
  const [reading, setReading] = useState(false);
  async function open(files: Promise<readonly DroppedFile[]>) {
    setReading(true);
    setFault(null);
    try {
      setFile(await readOpened(await files));
      setCount((count) => count + 1);
    } catch (error) {
      if (!(error instanceof ImportFault)) throw error;
      setFault(error.message);
    } finally {
      setReading(false);
    }
  }
  return { file, count, fault, reading, open, close: () => setFile(null) };
}
