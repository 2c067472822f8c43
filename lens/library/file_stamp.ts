import { stat } from "node:fs/promises";

/** What tells one state of a file from another without reading it; null where there is none. */
export async function stampOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(absent);
  return found && `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** null for what is not there; other failures are passed on. */
export function absent(error: unknown): null {
  if ((error as { code?: unknown } | null)?.code === "ENOENT") return null;
  throw error;
}
