/** Prompts to look at one after another. */
export interface PromptSet {
  readonly name: string;
  /** Each once, at least one. */
  readonly prompts: readonly string[];
}

/** A file or text that is no set of prompts: the message says why, and what would be right. */
export class PromptSetFault extends Error {
  override readonly name = "PromptSetFault";
}
