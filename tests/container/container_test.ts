import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { chown, cp, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXPLORER_PAGE } from "../../routes/explorer_page.ts";
import { copyBuildContext } from "./build_context.ts";
import { commandOf, environmentOf, parseDockerfile, textsOf } from "./dockerfile.ts";
import { isolated, means } from "./isolated_run.ts";

/*
 * There is no container engine here. What the Dockerfile says is done by hand: its build context, its steps, its environment, its
 * user, its read-only source, its volumes, its health check and its signal. The base image is this machine.
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MEANS = means();
const HOW = {
  "mount and user": "as another user, its source mounted read-only",
  user: "as another user, to whom its source is read-only",
  neither: "with a read-only source (as the same user: only root may change that)",
}[MEANS];

/** Packages that a running service has no use for. */
const NOT_FOR_PRODUCTION = [
  "playwright-core",
  "fast-check",
  "ajv",
  "@scarf/scarf",
  "sharp",
  "onnxruntime-web",
  "typescript",
];
/** Bytes on disk, base image aside. */
const MOST_BYTES = 128 * 2 ** 20;

/** As docs/operations.md has it, for `docker compose run`. */
const KEY = "deno run --cached-only --allow-read --allow-write --allow-env scripts/key.ts add me --role admin".split(
  " ",
);

const [build, final] = parseDockerfile(await Deno.readTextFile(join(ROOT, "Dockerfile")));

Deno.test("the image: bases pinned to the version of the gate, a user that is not root, volumes, health check and signal", async () => {
  const version = /^deno_version=(.+)$/m.exec(await Deno.readTextFile(join(ROOT, ".ci/run")))![1];
  for (const { base } of [build!, final!]) equal(base, `denoland/deno:debian-${version}`);
  match(textsOf(final!, "USER")[0]!, /^[1-9]\d*:[1-9]\d*$/);
  deepEqual(commandOf(textsOf(final!, "VOLUME")[0]!), ["/models", "/data"]);
  equal(textsOf(final!, "STOPSIGNAL")[0], "SIGTERM");
  const environment = environmentOf(final!);
  equal("MIDSTREAM_OPEN" in environment || "MIDSTREAM_KEYS" in environment, false, "whoever starts it is to choose");
});

Deno.test({
  name: `the image's steps give a folder of production parts alone, which serves ${HOW}`,
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const root = await realpath(await Deno.makeTempDir({ prefix: "midstream-image-" }));
    const at = (name: string) => join(root, name);
    const [app, data, tmp] = [at("app"), at("data"), at("tmp")];
    const [user, group] = textsOf(final!, "USER")[0]!.split(":") as [string, string];
    try {
      await Deno.chmod(root, 0o755);
      for (const folder of [data, tmp, at("models"), at("bin")]) {
        await mkdir(folder);
        if (MEANS !== "neither") await chown(folder, Number(user), Number(group));
      }
      // Deno may lie where the other user has no way to.
      await cp(Deno.execPath(), at("bin/deno"));
      await copyBuildContext(ROOT, at("src"));
      const searchPath = `${at("bin")}:/usr/bin:/bin:/usr/sbin:/sbin`;
      const moved = (path: string) => path.replace(/^\/(src|app|data|models|tmp)(?=$|\/)/, (_, name) => at(name));

      await t.step("builds", async () => {
        for (const step of textsOf(build!, "RUN")) {
          const [command, ...args] = commandOf(step).map(moved);
          const { success, stderr } = await new Deno.Command(command!, { args, env: { PATH: searchPath } }).output();
          ok(success, new TextDecoder().decode(stderr));
        }
      });

      await t.step("holds production parts of this platform alone", async () => {
        const files = await readdir(app, { recursive: true, withFileTypes: true });
        const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(app.length + 1));
        for (const name of NOT_FOR_PRODUCTION) {
          deepEqual(paths.filter((path) => path.endsWith(`node_modules/${name}`)), [], name);
        }
        equal(paths.filter((path) => path.endsWith("onnxruntime_binding.node")).length, 1);
        const own = paths.filter((path) => !path.startsWith("node_modules/"));
        deepEqual(own.filter((path) => /_test\.ts$|\/testing\/|\/testdata\/|^tests\/|^bench\//.test(path)), []);
        const bytes = await diskBytes(app);
        ok(bytes < MOST_BYTES, `${Math.round(bytes / 2 ** 20)} MiB`);
      });

      const port = freePort();
      const environment = {
        ...Object.fromEntries(Object.entries(environmentOf(final!)).map(([name, value]) => [name, moved(value)])),
        MIDSTREAM_PORT: String(port),
        PATH: searchPath,
      };
      const run = (command: readonly string[], env: Record<string, string> = {}) => {
        const [first, ...args] = isolated(command, { readOnly: app, user, group }, MEANS);
        return new Deno.Command(first!, {
          args,
          cwd: app,
          clearEnv: true,
          env: { ...environment, ...env },
          stdout: "piped",
          stderr: "piped",
        });
      };
      const entry = commandOf(textsOf(final!, "ENTRYPOINT")[0]!);
      const keys = join(data, "keys.json");
      const health = commandOf(textsOf(final!, "HEALTHCHECK")[0]!);
      if (MEANS === "neither") await new Deno.Command("chmod", { args: ["-R", "a-w", app] }).output();

      await t.step("does not start before somebody chose keys or none", async () => {
        const { code, stderr } = await run(entry).output();
        equal(code, 1);
        match(new TextDecoder().decode(stderr), /--keys .*--open/);
      });

      await t.step("cannot write to its source", async () => {
        const { success } = await run(["sh", "-c", "echo x > main.ts"]).output();
        equal(success, false);
      });

      let secret = "";
      await t.step("makes a key", async () => {
        const { success, stdout, stderr } = await run(KEY, { MIDSTREAM_KEYS: keys }).output();
        ok(success, new TextDecoder().decode(stderr));
        secret = new TextDecoder().decode(stdout).trim();
      });

      await t.step("answers, is healthy, and writes to /data alone", async () => {
        const service = run(entry, { MIDSTREAM_KEYS: keys }).spawn();
        const output = Promise.all([new Response(service.stdout).text(), new Response(service.stderr).text()]);
        try {
          await ready(port, service);
          const response = await fetch(`http://127.0.0.1:${port}/probe`, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
            body: JSON.stringify({ prompt: "Once upon a time" }),
          });
          equal(response.status, 200, await response.text());
          // Pages are files of the source and of packages: one that was left out is a fault of the image.
          const explorer = EXPLORER_PAGE.map(({ path }) => path);
          for (const page of [...explorer, "/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"]) {
            const { status, body } = await fetch(`http://127.0.0.1:${port}${page}`);
            await body?.cancel();
            equal(status, 200, page);
          }
          equal((await run(health).output()).code, 0);
        } finally {
          try {
            service.kill(textsOf(final!, "STOPSIGNAL")[0] as Deno.Signal);
          } catch { /* it has ended, and says why */ }
          await service.status;
          if ((await service.status).code !== 0) console.error((await output).join("\n"));
        }
        await output;
        equal((await service.status).code, 0);
        notEqual((await run(health).output()).code, 0);
        deepEqual(await readdir(tmp), [], "left in /tmp");
        ok((await readdir(data)).includes("lenses"));
      });
    } finally {
      if (MEANS === "neither") await new Deno.Command("chmod", { args: ["-R", "u+w", root] }).output();
      await Deno.remove(root, { recursive: true });
    }
  },
});

async function ready(port: number, service: Deno.ChildProcess): Promise<void> {
  let over = false;
  service.status.then(() => over = true);
  const deadline = Date.now() + 60_000;
  while (!over && Date.now() < deadline) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    }, () => 0);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(over ? "the service ended" : "the service is not ready after a minute");
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** As `du -s` counts. */
async function diskBytes(folder: string): Promise<number> {
  const { stdout } = await new Deno.Command("du", { args: ["-sk", folder] }).output();
  return Number.parseInt(new TextDecoder().decode(stdout)) * 1024;
}
