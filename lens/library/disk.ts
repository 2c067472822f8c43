/** What the library does to a disk, so that a test can let any step of it fail. Paths are absolute. */
export interface Disk {
  /** With its parents, if it is not there. */
  makeFolder(path: string): Promise<void>;
  /** A new file, locked for this process until it is closed, whatever becomes of its name. */
  create(path: string): Promise<NewFile>;
  /** Replaces what is there. */
  rename(from: string, to: string): Promise<void>;
  /** A file that is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export interface NewFile {
  /** Writes all of it at the end. One at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written durable; may run beside a write. */
  sync(): Promise<void>;
  close(): void;
}

export const localDisk: Disk = {
  makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
  create: createLocked,
  rename: Deno.rename,
  remove: (path) => Deno.remove(path).catch(passOver(Deno.errors.NotFound)),
  async syncFolder(path) {
    if (Deno.build.os === "windows") return; // Folders cannot be opened there.
    using folder = await Deno.open(path);
    await folder.sync();
  },
};

async function createLocked(path: string): Promise<NewFile> {
  const file = await Deno.open(path, { createNew: true, write: true });
  // A handle of its own: what one handle is asked waits for what it was asked before.
  let durable: Deno.FsFile;
  try {
    await file.lock(true);
    durable = await Deno.open(path, { read: true, write: true });
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    },
    sync: () => durable.syncData(),
    close() {
      file.close();
      durable.close();
    },
  };
}

/** Whoever created the file has closed it, or is no more. */
export async function isAbandoned(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { read: true });
    return await file.tryLock(true);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Holds the lock that all processes on a folder share, until disposed; it goes with its process. */
export async function lockFile(path: string): Promise<Disposable> {
  const file = await Deno.open(path, { create: true, write: true });
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function passOver(kind: new (message: string) => Error): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof kind)) throw error;
  };
}
