import type { StoredLens } from "./stored_lens.ts";
import { LensLibraryError } from "./types.ts";

/** Bytes of the different files of these lenses. */
export function bytesOf(lenses: readonly Pick<StoredLens, "sha256" | "bytes">[]): number {
  return [...new Map(lenses.map(({ sha256, bytes }) => [sha256, bytes])).values()].reduce((sum, one) => sum + one, 0);
}

/**
 * Bytes there would be with `lens` in place of what has its id.
 *
 * @throws {LensLibraryError} kind `quota`
 */
export function checkQuota(
  lenses: readonly Pick<StoredLens, "id" | "sha256" | "bytes">[],
  lens: Pick<StoredLens, "id" | "sha256" | "bytes">,
  maxBytes: number,
): void {
  const after = bytesOf([...lenses.filter(({ id }) => id !== lens.id), lens]);
  if (after > maxBytes) throw overQuota(after, maxBytes);
}

export function overQuota(bytes: number, maxBytes: number): LensLibraryError {
  return new LensLibraryError("quota", `the lenses would take ${bytes} bytes; ${maxBytes} are allowed in all`);
}
