/** What jobs do to a disk, so that a test can let any of it fail. Paths are absolute. */
export interface JobDisk {
  /** Writes all of it where the file stands. */
  write(file: Deno.FsFile, bytes: Uint8Array): Promise<void>;
  /** Makes what was written durable. */
  sync(file: Deno.FsFile): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export const localDisk: JobDisk = {
  async write(file, bytes) {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  },
  sync: (file) => file.syncData(),
  async syncFolder(path) {
    if (Deno.build.os === "windows") return; // Folders cannot be opened there.
    using folder = await Deno.open(path);
    await folder.sync();
  },
};

/** SQLITE_FULL. */
const DATABASE_FULL = 13;
/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN. */
const DATABASE_UNWRITABLE: readonly unknown[] = [8, 10, 14];

/** Whether it failed because there is no room: on the disk, or for this user. */
export function isNoRoom(error: unknown): boolean {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || errcode === DATABASE_FULL;
}

/** Whether it failed because the folder cannot be written: it is another user's, or the disk is read-only or broken. */
export function isUnwritable(error: unknown): boolean {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  return code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "EIO" ||
    (typeof errcode === "number" && DATABASE_UNWRITABLE.includes(errcode & 0xff));
}
