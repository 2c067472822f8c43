import { ADDRESS, type Route } from "./curls.ts";

/** A curl, and what came. */
export interface Asked {
  readonly curl: string;
  readonly status: number;
  /** Without parameters; empty where there is no body. */
  readonly type: string;
  /** As it came, or as a page shows it; of what went into a file, its size in words. */
  readonly body: string;
}

export interface AnsweredRoute extends Pick<Route, "title" | "prose" | "tag"> {
  readonly asked: readonly Asked[];
}

/** Whether curl is there and knows --json (7.82). */
export function curlRuns(): boolean {
  try {
    const { stdout } = new Deno.Command("curl", { args: ["--version"] }).outputSync();
    const [, major, minor] = /^curl (\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 82);
  } catch {
    return false;
  }
}

/** Runs the curls of all routes as a shell does, against a service at `url`, in a folder with a `demo/` as in a clone. */
export async function askRoutes(routes: readonly Route[], url: string): Promise<AnsweredRoute[]> {
  const folder = await Deno.makeTempDir();
  const variables: Record<string, string> = {};
  const answered: AnsweredRoute[] = [];
  try {
    await Deno.symlink(new URL("../../demo", import.meta.url), `${folder}/demo`);
    for (const route of routes) {
      const asked: Asked[] = [];
      for (const curl of route.curls) asked.push(await ask(curl, url, folder, variables));
      for (const [name, pointer] of Object.entries(route.gives)) {
        if (asked[0]!.type !== "application/json") continue;
        const value = at(JSON.parse(asked[0]!.body), pointer);
        if (value !== undefined) variables[name] ??= String(value);
      }
      answered.push({ title: route.title, prose: route.prose, tag: route.tag, asked });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return answered;
}

async function ask(curl: string, url: string, cwd: string, env: Record<string, string>): Promise<Asked> {
  const line = curl.replace(ADDRESS, new URL(url).host);
  // What curl has to say beside the answer goes to the error stream, and the progress bar nowhere.
  const script = `set -eu; ${line} -sS -w '%{stderr}\\n%{http_code} %{size_download} %{content_type}'`;
  const { success, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", script], cwd, env }).output();
  const told = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${curl}\n${told}`);
  const [, status, bytes, type = ""] = /(\d{3}) (\d+) ([^;\n]*)[^\n]*$/.exec(told)!;
  const text = new TextDecoder().decode(stdout);
  const body = text === "" && Number(bytes) > 0 ? `${Number(bytes).toLocaleString("en")} bytes` : text;
  return { curl, status: Number(status), type: type.trim(), body };
}

function at(value: unknown, pointer: string): unknown {
  return pointer.slice(1).split("/").reduce<unknown>(
    (inside, step) => (inside as Record<string, unknown> | null | undefined)?.[step],
    value,
  );
}
