import { ImportFault } from "./imported.ts";

/** Bytes that are decoded at once: a fault is told to the block that has it. */
const BLOCK = 2 ** 16;

/** @throws {ImportFault} that says between which bytes the file is not UTF-8 */
export function utf8Text(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let at = 0; at <= bytes.length; at += BLOCK) {
    const end = Math.min(at + BLOCK, bytes.length);
    try {
      text += decoder.decode(bytes.subarray(at, end), { stream: end < bytes.length });
    } catch {
      throw new ImportFault(`the file is not UTF-8 text between bytes ${at} and ${end}; a text file would be right`);
    }
  }
  return text;
}
