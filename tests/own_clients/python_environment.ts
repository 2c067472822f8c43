import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";

/** A Python with packages, or why there is none: what needs it is skipped, and says so in its name. */
export type PythonEnvironment =
  | { readonly python: string; readonly version: string }
  | { readonly unavailable: string };

/**
 * A virtual environment with what a file of pinned requirements names. It is made once for each such file and Python,
 * outside the repository, and kept: packages are asked for only when the file changes.
 * @param requirements path of the file
 */
export async function pythonEnvironment(requirements: string): Promise<PythonEnvironment> {
  const program = Deno.env.get("PYTHON") ?? "python3";
  const version = await output(program, ["-c", "import platform; print(platform.python_version())"]);
  if (!version.success) return { unavailable: `${program} is not there` };
  const wanted = createHash("sha256").update(`${version.text}\n${await Deno.readTextFile(requirements)}`).digest("hex");
  const folder = `${cacheFolder()}/python-${wanted.slice(0, 16)}`;
  const environment = { python: `${folder}/bin/python`, version: version.text };
  if ((await output(environment.python, ["-c", ""])).success) return environment;
  // Made beside and moved, so that one that was interrupted is never used; scripts in bin/ would name the old place.
  const making = `${folder}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(cacheFolder(), { recursive: true });
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements];
    for (const step of [[program, "-m", "venv", making], [`${making}/bin/python`, ...install]]) {
      const { success, text } = await output(step[0]!, step.slice(1));
      if (!success) return { unavailable: `its packages cannot be had: ${lastLine(text)}` };
    }
    await Deno.rename(making, folder).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists || error.code === "ENOTEMPTY")) throw error;
    });
    return environment;
  } finally {
    await Deno.remove(making, { recursive: true }).catch(() => {});
  }
}

/** `.ci/run` keeps Deno there too. */
function cacheFolder(): string {
  return `${Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`}/midstream-ci`;
}

/** Exit and what was printed, errors included. */
export async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = fileURLToPath(new URL("../../", import.meta.url)),
): Promise<{ success: boolean; text: string; stdout: string }> {
  try {
    const ran = await new Deno.Command(program, { args: [...args], env, cwd, stdin: "null" }).output();
    const [stdout, stderr] = [ran.stdout, ran.stderr].map((bytes) => new TextDecoder().decode(bytes)) as [
      string,
      string,
    ];
    return { success: ran.success, text: (stdout + stderr).trim(), stdout };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { success: false, text: `${program} is not there`, stdout: "" };
  }
}

function lastLine(text: string): string {
  return text.split("\n").at(-1)!.slice(0, 200);
}
