import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a user starts it, on a free port and with a home of its own, until it ends by itself. */
export async function runMain(flags: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const home = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-A", MAIN, "--port", "0", ...flags],
      env: { XDG_DATA_HOME: home, ...env },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
