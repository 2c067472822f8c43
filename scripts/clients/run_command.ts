export interface Ran {
  readonly success: boolean;
  /** Standard output and error together, without colours. */
  readonly output: string;
}

/** Runs a program to its end. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      cwd,
      env: { NO_COLOR: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { success: false, output: `${program} is not here` };
    throw error;
  }
}
