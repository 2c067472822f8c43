import { basename } from "node:path";
import { CheckpointError } from "./checkpoint_error.ts";
import { openRegular, readExactly } from "./exact_read.ts";
import { describeForeign, MAGIC_BYTES } from "./magic.ts";
import { decodeUtf8 } from "./read_json_file.ts";
import { parseSafetensorsHeader, type SafetensorsHeader } from "./safetensors_header.ts";
import { parseStrictJson } from "./strict_json.ts";

/** Little-endian u64 before the header: its length in bytes. */
export const PREFIX_BYTES = 8;
/** Largest header read, in bytes: a tensor takes about 120, and no model of these families has 100,000 of them. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/**
 * Reads the header of a safetensors file, and nothing of its values. Strict: every byte of the file belongs to exactly
 * one tensor, at an address that its dtype can be read from.
 *
 * @param path the file
 * @throws {CheckpointError} rules `file`, `magic`, `json`, `st.header`, `st.tensor`, `st.bytes`
 * @see https://github.com/huggingface/safetensors#format
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const name = basename(path);
  const { file, size } = await openRegular(path);
  using _closed = file;
  const start = new Uint8Array(Math.min(size, MAGIC_BYTES));
  await readExactly(file, name, 0, start);
  const foreign = describeForeign(start) ?? describeContainer(start);
  if (foreign !== null) throw new CheckpointError("magic", name, `this is ${foreign}`);
  const length = headerLength(start, size, name);
  const header = new Uint8Array(length);
  await readExactly(file, name, PREFIX_BYTES, header);
  return parseSafetensorsHeader(parseStrictJson(decodeUtf8(header, name), name), name, PREFIX_BYTES + length, size);
}

function headerLength(start: Uint8Array, size: number, name: string): number {
  const fault = (reason: string) => new CheckpointError("st.header", name, reason);
  if (size < PREFIX_BYTES) throw fault(`${size} bytes; a safetensors header alone takes more (truncated?)`);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw fault(
      `the header is said to be ${length} bytes long; at most ${MAX_HEADER_BYTES} are read (not safetensors?)`,
    );
  }
  if (length > BigInt(size - PREFIX_BYTES)) {
    throw fault(`the header is said to be ${length} bytes long; the file has ${size} bytes in all (truncated?)`);
  }
  if (start[PREFIX_BYTES] !== 0x7b) throw fault("the header does not begin with '{' (not safetensors?)");
  return Number(length);
}

/** Other weight containers under a safetensors name. */
function describeContainer(start: Uint8Array): string | null {
  const magic = new TextDecoder("latin1").decode(start.subarray(0, 4));
  if (magic === "PK\x03\x04") return "a ZIP (a torch file?), not safetensors: convert it";
  if (magic === "GGUF") return "a GGUF file, not safetensors: give it its own name, ending in .gguf";
  return null;
}
