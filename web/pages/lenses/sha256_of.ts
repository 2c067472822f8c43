/** A digest needs the whole file in memory: larger ones are left to the service. */
const MOST_BYTES = 2 ** 30;

/** sha256 of a file as hexadecimal digits; null where the page may not compute one, or the file is too large. */
export async function sha256Of(file: Blob): Promise<string | null> {
  if (!globalThis.isSecureContext || file.size > MOST_BYTES) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
