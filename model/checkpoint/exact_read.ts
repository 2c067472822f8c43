import { basename } from "node:path";
import { CheckpointError } from "./checkpoint_error.ts";

/** Largest single read request: keeps each one well inside what every platform's read call takes. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * Opens a regular file; anything else under the name (a folder, a FIFO that would block) is refused unopened.
 *
 * @throws {CheckpointError} rule `file`
 */
export async function openRegular(path: string): Promise<{ file: Deno.FsFile; size: number }> {
  const name = basename(path);
  try {
    const before = await Deno.stat(path);
    if (!before.isFile) throw new CheckpointError("file", name, "not a regular file");
    const file = await Deno.open(path, { read: true });
    return { file, size: (await file.stat()).size };
  } catch (error) {
    throw error instanceof CheckpointError ? error : unreadable(name, error);
  }
}

/** Fills `into` from byte `offset` of the open file. @throws {CheckpointError} rule `file` when the file ends first */
export async function readExactly(file: Deno.FsFile, name: string, offset: number, into: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < into.length;) {
    const read = await file.read(into.subarray(at, at + MAX_READ_BYTES));
    if (read === null) {
      throw new CheckpointError(
        "file",
        name,
        `truncated: ends at byte ${offset + at}, ${into.length - at} bytes too soon`,
      );
    }
    at += read;
  }
}

/** An I/O failure in the file's own words, without the path that Deno's messages carry. */
export function unreadable(name: string, error: unknown): CheckpointError {
  // Both of Deno's and of node:fs' errors carry the system's code.
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOENT") return new CheckpointError("file", name, "not found");
  return new CheckpointError("file", name, `cannot be read (${typeof code === "string" ? code : "unknown error"})`);
}
