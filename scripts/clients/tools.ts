import { existsSync } from "node:fs";
import { cachedFolder, digestOf } from "./cached_folder.ts";
import { runCommand } from "./run_command.ts";
import type { Client } from "./table.ts";

/** What a client's folder asks for, installed. */
export interface Tools {
  /** Of package.json. */
  readonly nodeModules?: string;
  /** `bin` of the virtual environment of requirements.txt. */
  readonly bin?: string;
  readonly jar?: string;
}

/** A runtime or a registry that cannot be had here. */
export class ToolMissing extends Error {
  override readonly name = "ToolMissing";
}

/**
 * Installs the pinned tools of a client, once for each list of pins.
 *
 * @param folder the client's folder
 * @throws {ToolMissing} saying which, in one line
 */
export async function installTools(client: Client, folder: string, cache: string): Promise<Tools> {
  const tools: { nodeModules?: string; bin?: string; jar?: string } = {};
  if (existsSync(`${folder}/package.json`)) tools.nodeModules = await installNpm(folder, cache);
  if (existsSync(`${folder}/requirements.txt`)) tools.bin = await installPython(folder, cache);
  if (client.generator.kind === "jar" && tools.bin !== undefined) {
    const java = await runCommand("java", ["-version"], { cwd: folder });
    if (!java.success) throw new ToolMissing("no Java");
    tools.jar = await jarOf(tools.bin, cache);
  }
  return tools;
}

async function installNpm(from: string, cache: string): Promise<string> {
  const pins = await Deno.readTextFile(`${from}/package.json`);
  const folder = await cachedFolder(cache, `npm-${digestOf(pins)}`, async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, pins);
    const { success, output } = await runCommand(Deno.execPath(), ["install", "--quiet", "--no-lock"], { cwd: folder });
    if (!success) throw new ToolMissing(`no npm packages: ${lastLine(output)}`);
  });
  return `${folder}/node_modules`;
}

async function installPython(from: string, cache: string): Promise<string> {
  const pins = await Deno.readTextFile(`${from}/requirements.txt`);
  const folder = await cachedFolder(cache, `venv-${digestOf(pins)}`, async (folder) => {
    const venv = await runCommand("python3", ["-m", "venv", folder], { cwd: from });
    if (!venv.success) throw new ToolMissing(`no Python: ${lastLine(venv.output)}`);
    const install = [
      "install",
      "--quiet",
      "--no-deps",
      "--disable-pip-version-check",
      "-r",
      `${from}/requirements.txt`,
    ];
    const pip = await runCommand(`${folder}/bin/pip`, install, { cwd: from });
    if (!pip.success) throw new ToolMissing(`no Python packages: ${lastLine(pip.output)}`);
  });
  return `${folder}/bin`;
}

async function jarOf(bin: string, cwd: string): Promise<string> {
  const where = "import openapi_generator_cli, os; print(os.path.dirname(openapi_generator_cli.__file__))";
  const { success, output } = await runCommand(`${bin}/python`, ["-c", where], { cwd });
  if (!success) throw new Error(output);
  return `${output.trim()}/openapi-generator.jar`;
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";
