import type { Exchange } from "../client.ts";
import type { ServedDocument } from "../document/served_document.ts";

/** What a check of one answer may look at. */
export interface Checked extends Exchange {
  readonly document: ServedDocument;
}

/** Tells what of an answer is against the document; undefined where nothing is. */
export type AnswerCheck = (checked: Checked) => string | undefined;
