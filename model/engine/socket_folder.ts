import { join } from "node:path";

const PREFIX = "midstream-engine-";
const SOCKET = "engine.sock";
/** sun_path of sockaddr_un holds 104 bytes on macOS, 108 on Linux, with a closing zero. */
const MAX_SOCKET_PATH_BYTES = 103;
/** An engine listens as soon as it runs: a folder without a socket for longer has lost its engine. */
const MAX_AGE_WITHOUT_SOCKET_MS = 60_000;

/** A fresh folder that only this user may enter, for one engine process; undefined where a socket cannot lie in it. */
export async function makeSocketFolder(): Promise<{ folder: string; path: string } | undefined> {
  if (Deno.build.os === "windows") return undefined;
  const folder = await Deno.makeTempDir({ prefix: PREFIX });
  const path = join(folder, SOCKET);
  if (new TextEncoder().encode(path).length <= MAX_SOCKET_PATH_BYTES) return { folder, path };
  await removeFolder(folder);
  return undefined;
}

export async function removeFolder(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Removes the folders of engines that were killed together with their parents. Best effort: others' are not ours. */
export async function removeOrphanedFolders(temporary: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(temporary)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    const folder = join(temporary, name);
    try {
      if (await isOrphaned(folder)) await removeFolder(folder);
    } catch { /* gone meanwhile, or another user's */ }
  }
}

async function isOrphaned(folder: string): Promise<boolean> {
  const path = join(folder, SOCKET);
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return true;
    if (!(error instanceof Deno.errors.NotFound)) return false;
    const { mtime } = await Deno.stat(folder);
    return mtime !== null && Date.now() - mtime.getTime() > MAX_AGE_WITHOUT_SOCKET_MS;
  }
}
