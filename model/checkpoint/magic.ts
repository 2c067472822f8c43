/** Bytes from the start of a file that {@link describeForeign} wants to see; fewer will do for a short file. */
export const MAGIC_BYTES = 512;

const LEGACY_TORCH = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const GZIP = [0x1f, 0x8b];
const LFS = "version https://git-lfs.github.com/spec/";
const HTML = /^(?:\uFEFF)?\s*(?:<!--[\s\S]*?-->\s*)*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b/i;

/**
 * Names what often lies in place of weights or a lens: a failed download, an unfetched large file, an old format.
 *
 * @param bytes the first bytes of the file ({@link MAGIC_BYTES}); none for an empty file
 * @returns a phrase to follow "this is", with what to do; null for anything else
 */
export function describeForeign(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return "an empty file (0 bytes): download it again";
  const text = new TextDecoder().decode(bytes.subarray(0, MAGIC_BYTES));
  if (text.startsWith(LFS)) return "a Git LFS pointer, not the file it points to: fetch that with `git lfs pull`";
  if (HTML.test(text)) {
    return "an HTML page, not the file: the download met a web page (signed in? accepted the licence?)";
  }
  if (startsWith(bytes, GZIP)) return "gzip-compressed: unpack it first";
  if (startsWith(bytes, LEGACY_TORCH)) {
    return "a legacy torch file (older torch, before 1.6, not a ZIP): load it and save it again with a newer torch";
  }
  return null;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}
