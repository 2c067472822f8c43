import { dirname } from "node:path";
import { pause } from "./pause.ts";

/** Between two looks at a lock that another process holds, in ms. */
const POLL = 100;

/**
 * Holds a blob's lock file, flock'ed as huggingface_hub does it (filelock), so that of all processes sharing the cache one
 * writes the blob. The file stays: removing it would let two processes hold locks of one name.
 *
 * @throws the signal's reason, when it aborts while another process holds the lock
 */
export async function lockBlob(path: string, signal?: AbortSignal): Promise<AsyncDisposable> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { write: true, create: true });
  try {
    while (!await file.tryLock(true)) await pause(POLL, signal);
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      await file.unlock();
      file.close();
    },
  };
}
