import { HubError } from "./hub_error.ts";

/** A failure to write to the cache folder, without its path; anything that is not one comes back as it is. */
export function diskError(error: unknown, file: string): unknown {
  if (error instanceof HubError || !(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT") return new HubError("disk", `The disk is full: ${file} was not kept.`);
  const denied = error instanceof Deno.errors.PermissionDenied || code === "EROFS" || code === "EACCES";
  if (denied) return new HubError("disk", `The hub's cache folder cannot be written: ${file} was not kept.`);
  if (typeof code !== "string") return error;
  return new HubError("disk", `${file} cannot be written to the hub's cache folder (${code}).`);
}
