import { cachedFolder, cacheFolder, digestOf } from "./cached_folder.ts";
import { runCommand } from "./run_command.ts";
import type { Client } from "./table.ts";
import { installTools, type Tools } from "./tools.ts";

export interface Generated {
  readonly client: Client;
  readonly tools: Tools;
  /** Holds `<client's name>/` with its options, its program and `generated/`, and `walk/` beside it. */
  readonly folder: string;
  /** e.g. `openapi-typescript 7.13.0`. */
  readonly version: string;
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly text: string;
  /** Why it is no fault of the document; undefined where nobody has said so. */
  readonly because?: string;
}

/** Of a client's folder: what uses the generated code, and has no part in its making. */
const PROGRAMS = /^(client|misspelt)\.(ts|py)$|\.java$/;

/**
 * Generates a client from the frozen document into the cache, or takes it from there where neither the document nor an
 * option has changed.
 *
 * @param root the repository
 * @throws {ToolMissing} where what it needs is not to be had
 * @throws what the generator said, where it fails
 */
export async function generate(client: Client, root: string, cache = cacheFolder()): Promise<Generated> {
  const from = `${root}/clients/${client.name}`;
  const tools = await installTools(client, from, cache);
  const document = await Deno.readTextFile(`${root}/openapi/${client.document}`);
  const options: string[] = [];
  for (const name of await filesOf(from)) {
    if (!PROGRAMS.test(name)) options.push(name, await Deno.readTextFile(`${from}/${name}`));
  }
  const digest = digestOf(document, JSON.stringify(client.generator.arguments), ...options);
  const folder = await cachedFolder(cache, `${client.name}-${digest}`, async (folder) => {
    const own = `${folder}/${client.name}`;
    await copyFiles(from, own);
    await Deno.writeTextFile(`${own}/openapi.json`, document);
    await Deno.mkdir(`${own}/generated`);
    if (tools.nodeModules !== undefined) {
      // For the generator, and for a program that starts in `walk/`.
      for (const place of [own, folder]) await Deno.symlink(tools.nodeModules, `${place}/node_modules`);
      await Deno.copyFile(`${from}/package.json`, `${folder}/package.json`);
    }
    await Deno.writeTextFile(`${folder}/output.txt`, await runGenerator(client, own, tools));
  });
  // The programs may have changed since.
  await copyFiles(from, `${folder}/${client.name}`);
  await copyFiles(`${root}/clients/walk`, `${folder}/walk`);
  const output = await Deno.readTextFile(`${folder}/output.txt`);
  return { client, tools, folder, version: await versionOf(client, from), warnings: warningsOf(client, output) };
}

async function runGenerator({ name, generator }: Client, cwd: string, { bin, jar }: Tools): Promise<string> {
  const [program, args] = {
    npm: [Deno.execPath(), generator.arguments],
    jar: ["java", ["-jar", String(jar), ...generator.arguments]],
    python: [`${bin}/${generator.package}`, generator.arguments],
  }[generator.kind] as [string, string[]];
  const path = [bin, Deno.env.get("PATH")].filter((part) => part !== undefined).join(":");
  const { success, output } = await runCommand(program, args, { cwd, env: { PATH: path } });
  if (!success) throw new Error(`${name}: ${output.slice(-4000)}`);
  return output;
}

/** The warnings of a generator, each once. */
export function warningsOf({ generator, known }: Client, output: string): Warning[] {
  const found = [...output.matchAll(generator.warning)].map(([text]) => plain(text));
  return [...new Set(found)].map((text) => {
    const reason = known.find(({ says }) => says.test(text));
    return { text, ...(reason === undefined ? {} : { because: reason.because }) };
  });
}

/** On one line; Python shows some objects by where they lie. */
const plain = (text: string) => text.replace(/<\S+ object at 0x[0-9a-f]+>/, "<…>").replaceAll(/\s+/g, " ").trim();

/** As it is pinned. */
async function versionOf({ generator }: Client, from: string): Promise<string> {
  if (generator.kind !== "npm") {
    const pins = (await Deno.readTextFile(`${from}/requirements.txt`)).split("\n");
    return (pins.find((pin) => pin.startsWith(`${generator.package}==`)) ?? "").replace("==", " ");
  }
  const { dependencies, devDependencies } = JSON.parse(await Deno.readTextFile(`${from}/package.json`));
  return `${generator.package} ${{ ...dependencies, ...devDependencies }[generator.package]}`;
}

async function copyFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const name of await filesOf(from)) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
}

async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) if (isFile) names.push(name);
  return names.sort();
}
