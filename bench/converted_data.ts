import { join } from "node:path";

/** Runs `use` with a data folder: the one given, which stays, or one that goes with it. */
export async function withData<T>(given: string | undefined, use: (data: string) => Promise<T>): Promise<T> {
  if (given !== undefined) {
    await Deno.mkdir(given, { recursive: true });
    return await use(given);
  }
  const data = await Deno.makeTempDir({ prefix: "midstream-bench-" });
  try {
    return await use(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** The files of a checkpoint that hold weights, whole paths. */
export async function weightFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".safetensors")) files.push(join(folder, name));
  }
  return files.sort();
}

/** Drops files from the page cache, so that they are read from the disk again (GNU dd). */
export async function evict(files: readonly string[]): Promise<void> {
  for (const file of files) {
    await new Deno.Command("dd", { args: [`if=${file}`, "iflag=nocache", "count=0"], stderr: "null" }).output();
  }
}

/** Seconds that `cat` takes to read files once. */
export async function catSeconds(files: readonly string[]): Promise<number> {
  const began = performance.now();
  // cat into a pipe would copy twice; a shell's redirection does not.
  const { success } = await new Deno.Command("sh", { args: ["-c", 'cat "$@" > /dev/null', "sh", ...files] }).output();
  if (!success) throw new Error("cat failed");
  return (performance.now() - began) / 1000;
}

export async function bytesOf(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await Deno.stat(file)).size;
  return bytes;
}
