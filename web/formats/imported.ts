import type { Frame } from "../../clients/typescript/midstream.ts";
import type { PictureData } from "../state/cell.ts";

/** What was in a file: one picture for each prompt. */
export interface Imported {
  /** Which format it was, in words: "logitlenskit, version 2". */
  readonly format: string;
  readonly prompts: readonly ImportedPrompt[];
  /** What the file leaves unsaid, or what was understood in one of several ways; for people. */
  readonly notes: readonly string[];
}

/** One prompt of a file. */
export interface ImportedPrompt {
  /** The prompt's beginning, or what else the file calls it. */
  readonly title: string;
  readonly data: PictureData;
  /** The service's own files: the frames that it sends of such an answer, so that nothing is lost when it is exported again. */
  readonly frames?: readonly Frame[];
}

/** A file that is not what it should be: the message says what was found, where, and what would be right. */
export class ImportFault extends Error {
  override readonly name = "ImportFault";
}
