import { createHash } from "node:crypto";
import { existsSync } from "node:fs";

/** Programs of a Python environment, or why there is none. */
export type PythonEnvironment = { readonly bin: string } | { readonly unavailable: string };

/** Oldest Python that the pinned packages run on. */
const OLDEST = [3, 10] as const;
/** Milliseconds that an installation may take. */
const INSTALL_MS = 180_000;

/**
 * An environment with exactly the packages of a requirements file, made once for each state of that file: in
 * `$XDG_CACHE_HOME/midstream-ci`, outside the repository.
 */
export async function pythonEnvironment(requirements: URL): Promise<PythonEnvironment> {
  const text = await Deno.readTextFile(requirements);
  const version = await output("python3", ["-c", "import sys, venv; print(*sys.version_info[:2])"]);
  if (version === null) return { unavailable: "there is no Python with venv" };
  const [major = 0, minor = 0] = version.split(" ").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return { unavailable: `Python is ${major}.${minor}, and must be ${OLDEST.join(".")} or newer` };
  }
  const state = createHash("sha256").update(`${major}.${minor} ${text}`).digest("hex").slice(0, 16);
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${cache}/midstream-ci/schemathesis-${state}`;
  const bin = `${folder}/bin`;
  // Written last: a broken installation is made anew.
  const whole = `${folder}/whole`;
  if (existsSync(whole)) return { bin };
  const made = await output("python3", ["-m", "venv", "--clear", folder]) !== null &&
    await output(`${bin}/python`, [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries=1",
        "--timeout=10",
        `--requirement=${requirements.pathname}`,
      ]) !== null;
  if (!made) return { unavailable: "its packages cannot be had here" };
  await Deno.writeTextFile(whole, "");
  return { bin };
}

/** What a program printed; null where it is not there, failed or took too long. */
async function output(program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: [...args],
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(INSTALL_MS),
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
