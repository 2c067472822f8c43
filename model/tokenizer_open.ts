import { openTokenizer, type Tokenizer } from "./tokenizer.ts";
import { openGgufTokenizer } from "./tokenizer_gguf.ts";

/**
 * Opens the tokenizer of a model where its weights lie: of a Hugging Face folder, or of a GGUF file's own metadata.
 *
 * @param path folder or `.gguf` file
 * @param vocabulary rows of the model's embedding
 * @returns `unavailable`, a clause for the caller, when there is none or it cannot be read
 */
export function openModelTokenizer(
  path: string,
  vocabulary: number,
): Promise<Tokenizer | { readonly unavailable: string }> {
  return /\.gguf$/i.test(path) ? openGgufTokenizer(path, vocabulary) : openTokenizer(path, vocabulary);
}
