import { join } from "node:path";

/** Tasks that an operator runs in the image. */
const TASKS = ["start", "key", "cache", "convert"];

interface Config {
  readonly version: string;
  readonly license: string;
  readonly unstable: readonly string[];
  readonly tasks: Readonly<Record<string, unknown>>;
  readonly imports: Readonly<Record<string, string>>;
}

/**
 * The configuration of what runs: of the packages only those that a source file names.
 *
 * @param sources texts of all modules
 */
export function productionConfig(config: Config, sources: readonly string[]) {
  const named = (name: string) => sources.some((text) => text.includes(`"${name}"`) || text.includes(`"${name}/`));
  const only = <T>(entries: Readonly<Record<string, T>>, keep: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => keep(name)));
  return {
    version: config.version,
    license: config.license,
    nodeModulesDir: "auto",
    unstable: config.unstable,
    tasks: only(config.tasks, (name) => TASKS.includes(name)),
    imports: only(config.imports, named),
  };
}

async function* modules(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* modules(path);
    else if (entry.name.endsWith(".ts")) yield await Deno.readTextFile(path);
  }
}

if (import.meta.main) {
  const folder = Deno.args[0]!;
  const file = join(folder, "deno.json");
  const config = productionConfig(JSON.parse(await Deno.readTextFile(file)), await Array.fromAsync(modules(folder)));
  await Deno.writeTextFile(file, JSON.stringify(config, null, 2) + "\n");
}
