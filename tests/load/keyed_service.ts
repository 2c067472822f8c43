import { join } from "node:path";
import type { Role } from "../../lab/keys/caller.ts";
import { addKey } from "../../lab/keys/key_file.ts";
import { type RunningService, runService } from "../service/running_service.ts";

/** A service with keys, and how each of them asks it. */
export interface KeyedService extends AsyncDisposable {
  readonly service: RunningService;
  /** @returns the answer, whole */
  ask(
    key: string,
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

/** @param keys ids and roles */
export async function keyedService(
  keys: Readonly<Record<string, Role>>,
  flags: readonly string[] = [],
): Promise<KeyedService> {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "keys.json");
  const secrets: Record<string, string> = {};
  for (const [id, role] of Object.entries(keys)) secrets[id] = (await addKey(file, { id, role })).secret;
  const service = await runService(["--keys", file, ...flags]).catch(async (error) => {
    await Deno.remove(folder, { recursive: true });
    throw error;
  });
  return {
    service,
    async ask(key, path, body, signal) {
      const response = await service.post(path, body, {
        headers: { Authorization: `Bearer ${secrets[key]}` },
        ...(signal === undefined ? {} : { signal }),
      });
      return { status: response.status, text: await response.text() };
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
