import { fileURLToPath } from "node:url";

/** Reference numbers and models made for this project; they are part of the repository. */
export const GOLDEN = fileURLToPath(new URL("../golden", import.meta.url));
export const DEMO = fileURLToPath(new URL("../../demo", import.meta.url));
/** Third-party material beside the repository of its developers; tests that need it are ignored where it is absent. */
export const SHARED = fileURLToPath(new URL("../../../shared", import.meta.url));

export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

export function readJson<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(path)) as T;
}

/** Folders of the 16 random models. */
export function architectures(): string[] {
  return [...Deno.readDirSync(`${GOLDEN}/architectures`)].filter((entry) => entry.isDirectory).map((e) => e.name)
    .sort();
}
