import type { DroppedFile } from "../formats/dropped_file.ts";
import { ImportFault } from "../formats/imported.ts";
import { MAX_BYTES, MAX_FILES } from "../formats/import_limits.ts";

interface Named {
  readonly name: string;
  readonly file: File;
}

/** Files that were chosen by hand. */
export function filesOfInput(files: Iterable<File>): Promise<readonly DroppedFile[]> {
  return read([...files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
}

/** Files that were dropped, and those of dropped folders. What a drop holds must be taken before its event ends. */
export function filesOfDrop({ items, files }: DataTransfer): Promise<readonly DroppedFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return entries.length === 0 ? filesOfInput(files) : entered(entries).then(read);
}

async function entered(entries: readonly FileSystemEntry[]): Promise<Named[]> {
  const found: Named[] = [];
  const open = [...entries];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (found.length > MAX_FILES) break;
    if (entry.isDirectory) open.push(...await listed(entry as FileSystemDirectoryEntry));
    else found.push({ name: entry.fullPath.replace(/^\//, ""), file: await fileOf(entry as FileSystemFileEntry) });
  }
  return found;
}

/** A reader gives a part of a folder at a time, and nothing at its end. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader(), all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      .catch(() => {
        throw new ImportFault(`the folder ${folder.name} cannot be read`);
      });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise<File>((resolve, reject) => entry.file(resolve, reject)).catch(() => {
    throw new ImportFault(`the file ${entry.name} cannot be read`);
  });
}

/** Sizes are known before anything is read: what is too much costs no memory. */
async function read(named: readonly Named[]): Promise<readonly DroppedFile[]> {
  const size = named.reduce((sum, { file }) => sum + file.size, 0);
  if (size > MAX_BYTES) {
    const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
    throw new ImportFault(`${mib(size)} MiB at once; at most ${mib(MAX_BYTES)} MiB would be right`);
  }
  return await Promise.all(named.map(async ({ name, file }) => {
    try {
      return { name, bytes: new Uint8Array(await file.arrayBuffer()) };
    } catch {
      throw new ImportFault(`the file ${file.name} cannot be read: it is gone, or is not yours to read`);
    }
  }));
}
