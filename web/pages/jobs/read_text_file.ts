import { byteText } from "../../text/byte_text.ts";
import { PromptsFault } from "./read_prompts.ts";

/** A browser's text may have 2^29 characters, and the page holds it more than once. */
const MOST_BYTES = 200e6;

/**
 * The text of a file.
 * @throws {PromptsFault} where it is too large for the page, or no text
 */
export async function readTextFile(file: File): Promise<string> {
  if (file.size > MOST_BYTES) {
    throw new PromptsFault(
      `${file.name} has ${byteText(file.size)}; this page reads up to ${byteText(MOST_BYTES)}. ` +
        "POST /jobs itself takes NDJSON of any size: curl --data-binary",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new PromptsFault(`${file.name} cannot be read, or is not text in UTF-8`);
  }
}
