import { HubError } from "./hub_error.ts";

/** An access token that shows itself in no message, log line or JSON, since its text is a private field. */
export class Token {
  readonly #text: string;

  /**
   * @param text trimmed; visible ASCII, as a header can carry
   * @throws {HubError} kind `settings`, which does not repeat it
   */
  constructor(text: string) {
    // fetch itself would repeat the whole value in its error.
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new HubError("settings", "The hub token (HF_TOKEN) holds a space, a control or a non-ASCII character.");
    }
    this.#text = text;
  }

  /** Value of an Authorization header. */
  header(): string {
    return `Bearer ${this.#text}`;
  }
}
