import { basename } from "node:path";
import { CheckpointError } from "./checkpoint_error.ts";
import { openRegular, readExactly } from "./exact_read.ts";
import { describeForeign } from "./magic.ts";
import { parseStrictJson } from "./strict_json.ts";

/**
 * A JSON file of a model folder, read whole and strictly.
 *
 * @param maxBytes a larger file is refused before it is read
 * @throws {CheckpointError} rules `file`, `magic`, `json`
 */
export async function readJsonFile(path: string, maxBytes: number): Promise<unknown> {
  const name = basename(path);
  const { file, size } = await openRegular(path);
  using _closed = file;
  if (size > maxBytes) throw new CheckpointError("file", name, `${size} bytes; at most ${maxBytes} are read`);
  const bytes = new Uint8Array(size);
  await readExactly(file, name, 0, bytes);
  const foreign = describeForeign(bytes);
  if (foreign !== null) throw new CheckpointError("magic", name, `this is ${foreign}`);
  return parseStrictJson(decodeUtf8(bytes, name), name);
}

/** Strict UTF-8; a byte-order mark stays in the text, where JSON does not allow it. @throws {CheckpointError} rule `json` */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CheckpointError("json", name, "not UTF-8 text, as JSON must be");
  }
}
