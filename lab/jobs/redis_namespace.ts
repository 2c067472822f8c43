import { join } from "node:path";

const NAME = "namespace";

/**
 * The name under which replicas that share a folder keep what is theirs in Redis: of the folder, so that several services may
 * use one Redis. In braces, which keep its keys together in a cluster.
 */
export async function redisNamespace(folder: string): Promise<string> {
  const path = join(folder, NAME);
  const own = join(folder, `.${NAME}-${crypto.randomUUID()}`);
  await Deno.writeTextFile(own, crypto.randomUUID(), { mode: 0o600 });
  try {
    await Deno.link(own, path); // One of those that start together makes it.
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(own);
  }
  return `{midstream:${await Deno.readTextFile(path)}}`;
}
