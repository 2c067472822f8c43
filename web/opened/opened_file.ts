import type { Imported } from "../formats/imported.ts";

/** What a person opened: it stays on this page, nothing of it is sent anywhere. */
export interface OpenedFile {
  /** A file's name, or how many there are. */
  readonly name: string;
  readonly imported: Imported;
}
