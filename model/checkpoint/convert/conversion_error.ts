/** Weights could not be converted; nothing half written is left to be used. The message names no path. */
export class ConversionError extends Error {
  override readonly name = "ConversionError";
}

/** A failure of the disk in words, without the path that the system's messages carry; others as they are. */
export function conversionError(error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ConversionError("the disk of the data folder is full: the converted weights were not kept");
  }
  if (code === "EACCES" || code === "EROFS" || code === "EPERM" || error instanceof Deno.errors.PermissionDenied) {
    return new ConversionError("the data folder cannot be written: converted weights need it (--data names another)");
  }
  if (error instanceof ConversionError || typeof code !== "string") return error;
  return new ConversionError(`converted weights cannot be written to the data folder (${code})`);
}
