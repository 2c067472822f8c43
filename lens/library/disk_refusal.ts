import { LensLibraryError } from "./types.ts";

const FULL: readonly unknown[] = ["ENOSPC", "EDQUOT"];
/** Another user's, read-only, or broken. */
const UNWRITABLE: readonly unknown[] = ["EACCES", "EPERM", "EROFS", "EIO"];

/** A failure that the disk is to blame for, as the library's; null for any other. */
export function diskRefusal(error: unknown): LensLibraryError | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (FULL.includes(code)) {
    return new LensLibraryError("diskFull", "the disk is full; nothing was kept", { cause: error });
  }
  if (!UNWRITABLE.includes(code)) return null;
  const message = `the data folder cannot be written (${code}); nothing was kept`;
  return new LensLibraryError("unwritable", message, { cause: error });
}

/** Passes an error on, what the disk refused as the library's. */
export function passOnDiskRefusal(error: unknown): never {
  throw diskRefusal(error) ?? error;
}
