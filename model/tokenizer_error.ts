/** A text, a message list or an id that the model's tokenizer cannot serve; the message is fit for the caller. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
}
