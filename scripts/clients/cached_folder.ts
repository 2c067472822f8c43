import { existsSync } from "node:fs";
import { createHash } from "node:crypto";

/** Where what is installed and generated is kept from one run to the next, outside the repository. */
export function cacheFolder(env: Record<string, string> = Deno.env.toObject()): string {
  const caches = env.XDG_CACHE_HOME ?? (env.HOME === undefined ? "/tmp" : `${env.HOME}/.cache`);
  return `${caches}/midstream-clients`;
}

/** Short digest of what a folder is made from. */
export function digestOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n${part}`);
  return hash.digest("hex").slice(0, 16);
}

/** The folder of that name, made whole by `make` where it is not there; one that was not finished is made anew. */
export async function cachedFolder(
  cache: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = `${cache}/${name}`;
  // Beside it, for a virtual environment cannot be moved when it is done.
  const done = `${folder}.done`;
  if (existsSync(done)) return folder;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await make(folder);
  await Deno.writeTextFile(done, "");
  return folder;
}
