import { join } from "node:path";

/** Folders of ONNX Runtime's binaries, by platform and architecture as Node.js names them. */
const BINARIES = /\/onnxruntime-node\/bin\/napi-v\d+\/([^/]+)\/([^/]+)\//;

/** Counts its installations; no code of ours or of the package that brings it runs it. */
const COUNTERS = /\/@scarf[/+]/;

/** For compilers and debuggers, not for what runs. */
const DEVELOPMENT = /\.(?:d\.[cm]?ts|[cm]?js\.map|css\.map)$/;

/** Builds of swagger-ui that the page at /docs does not use. */
const OTHER_PAGES = /\/swagger-ui-dist\/swagger-ui(?:-es-bundle(?:-core)?|-standalone-preset)?\.js$/;

/**
 * Whether what runs needs a file of a package.
 *
 * @param path with `/`, from the folder above `node_modules`
 */
export function isNeeded(path: string, platform: string, architecture: string): boolean {
  const binary = BINARIES.exec(path);
  if (binary) return binary[1] === platform && binary[2] === architecture;
  return ![COUNTERS, DEVELOPMENT, OTHER_PAGES].some((pattern) => pattern.test(path));
}

/** Removes what is not needed, and folders that are empty then, and links that lead nowhere. */
async function prune(folder: string, path: string): Promise<void> {
  for await (const entry of Deno.readDir(join(folder, path))) {
    const name = `${path}/${entry.name}`;
    const file = join(folder, name);
    if (entry.isDirectory) {
      await prune(folder, name);
      // Fails where something is left.
      await Deno.remove(file).catch(() => {});
    } else if (!entry.isSymlink && !isNeeded(name, Deno.build.os, ARCHITECTURES[Deno.build.arch])) {
      await Deno.remove(file);
    }
  }
}

/** Names of Node.js. */
const ARCHITECTURES = { x86_64: "x64", aarch64: "arm64" } as const;

/** Links to packages that are gone. */
async function removeDeadLinks(folder: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const file = join(folder, entry.name);
    if (entry.isSymlink) await Deno.stat(file).catch(() => Deno.remove(file));
    else if (entry.isDirectory) await removeDeadLinks(file);
  }
}

if (import.meta.main) {
  const folder = Deno.args[0]!;
  await prune(folder, "node_modules");
  await removeDeadLinks(join(folder, "node_modules"));
  const file = join(folder, "deno.json");
  // From here on the folder is as it is: nothing is to be looked up or installed.
  const config = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify({ ...config, nodeModulesDir: "manual" }, null, 2) + "\n");
}
