import assert from "node:assert/strict";
import { ImportFault } from "../formats/imported.ts";
import { MAX_BYTES } from "../formats/import_limits.ts";
import { filesOfDrop, filesOfInput } from "./files_of.ts";

const fileEntry = (fullPath: string, text: string) => ({
  isDirectory: false,
  fullPath,
  name: fullPath.split("/").at(-1),
  file: (resolve: (file: File) => void) => resolve(new File([text], fullPath.split("/").at(-1)!)),
});

/** A folder whose reader gives one entry at a time, as browsers give a hundred. */
const folderEntry = (name: string, entries: readonly object[]) => ({
  isDirectory: true,
  name,
  createReader() {
    const left = [...entries];
    return { readEntries: (resolve: (entries: object[]) => void) => resolve(left.splice(0, 1)) };
  },
});

const dropOf = (entries: readonly object[]) =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: [] }) as unknown as DataTransfer;

Deno.test("a dropped folder gives all of its files, with their places in it", async () => {
  const ranks = folderEntry("ranks", [fileEntry("/slice/ranks/7.bin", "x"), fileEntry("/slice/ranks/1.bin", "yy")]);
  const files = await filesOfDrop(dropOf([folderEntry("slice", [fileEntry("/slice/meta.json", "{}"), ranks])]));
  assert.deepEqual(files.map(({ name, bytes }) => [name, bytes.length]).toSorted(), [
    ["slice/meta.json", 2],
    ["slice/ranks/1.bin", 2],
    ["slice/ranks/7.bin", 1],
  ]);
});

Deno.test("what cannot be read, or is too much, is said before anything is read", async () => {
  const gone = {
    ...fileEntry("/x.json", ""),
    file: (_: unknown, reject: (error: Error) => void) => reject(new Error()),
  };
  await assert.rejects(filesOfDrop(dropOf([gone])), ImportFault);
  const huge = { name: "huge.json", webkitRelativePath: "", size: MAX_BYTES + 1 } as unknown as File;
  await assert.rejects(filesOfInput([huge]), /257 MiB at once; at most 256 MiB/);
  const locked = { name: "a", size: 1, arrayBuffer: () => Promise.reject(new Error()) } as unknown as File;
  await assert.rejects(filesOfInput([locked]), /the file a cannot be read/);
});
