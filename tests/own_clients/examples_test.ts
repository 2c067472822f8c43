import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type RunningService, runService } from "../service/running_service.ts";
import { output, pythonEnvironment } from "./python_environment.ts";

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const environment = await pythonEnvironment(path("tests/own_clients/requirements.txt"));
const bash = (await output("bash", ["-c", "curl --help all | grep -e --json"])).success;
const node = await output("node", ["-p", "process.features.typescript"]);

/** What an example is run with, or why it cannot be here. */
type Runtime = { readonly command: readonly string[]; readonly env?: Record<string, string> } | {
  readonly unavailable: string;
};
const shell: Runtime = bash ? { command: ["bash"] } : { unavailable: "bash or a curl with --json is not there" };
const deno: Runtime = { command: [Deno.execPath(), "run", "--no-lock", "--allow-net", "--allow-env"] };
const python: Runtime = "unavailable" in environment ? environment : {
  command: [environment.python],
  env: { PYTHONPATH: path("clients/python"), PYTHONDONTWRITEBYTECODE: "1" },
};
const nodeJs: Runtime = /strip|transform/.test(node.text)
  ? { command: ["node"] }
  : { unavailable: "Node.js is not there, or does not run TypeScript" };

/** Runs one as its first lines say, and fails with all that it printed. */
function example(
  name: string,
  runtime: Runtime,
  args: readonly string[],
  check: (said: string, running: RunningService) => unknown,
) {
  const unavailable = "unavailable" in runtime ? runtime.unavailable : undefined;
  const by = "unavailable" in runtime ? `skipped: ${unavailable}` : runtime.command[0]!.split("/").at(-1);
  Deno.test({
    name: `examples/${name} prints what it says (${by})`,
    ignore: unavailable !== undefined,
    async fn() {
      if ("unavailable" in runtime) return;
      await using running = await runService();
      const [program, ...first] = [...runtime.command, path(`examples/${name}`), ...args];
      const { success, text, stdout } = await output(program!, first, { ...runtime.env, MIDSTREAM_URL: running.url });
      assert.ok(success, text);
      await check(stdout, running);
    },
  });
}

/** The numbers of a column of the lines that match. */
const column = (said: string, line: RegExp) => [...said.matchAll(line)].map(([, number]) => Number(number));

example("last_position.sh", shell, ['A "quoted" \\ text'], (said) => {
  assert.match(said, /·"quoted"·\\·text/);
  assert.equal(said.match(/^ +[0-7] +\d+\.\d\d /gm)?.length, 8);
  assert.match(said, /^output /m);
});

example("upload_lens.sh", shell, [path("demo/lenses/tuned/params.pt")], async (said, running) => {
  const logit = column(said, /^ +\d logit (\d\.\d+)$/gm);
  const mine = column(said, /^ +\d example-\d+ (\d\.\d+)$/gm);
  assert.deepEqual([logit.length, mine.length], [8, 8]);
  for (let layer = 0; layer < 7; layer++) assert.ok(mine[layer]! < logit[layer]!, said);
  const { lenses } = await (await fetch(`${running.url}/lenses`)).json();
  assert.ok(!lenses.some(({ id }: { id: string }) => id.startsWith("example-")), "it is taken away again");
});

example("logit_attribution.py", python, [], (said) => {
  const parts = column(said, /^ *(?:resid_pre|attn_out|mlp_out) \d +(-?\d+\.\d+)$/gm);
  const [sum] = column(said, /^ *sum +(-?\d+\.\d+)$/gm), [model] = column(said, /^ *model +(-?\d+\.\d+)$/gm);
  assert.equal(parts.length, 17);
  assert.ok(Math.abs(sum! - model!) < 0.01, said);
  assert.ok(Math.abs(sum! - parts.reduce((total, part) => total + part)) < 0.02, said);
});

for (const runtime of [deno, nodeJs]) {
  example("follow_a_token.ts", runtime, [" Lily"], (said) => {
    const lines = [...said.matchAll(/^(logit|tuned) +(\d) +rank +(\d+) +(0\.\d+) (█*)$/gm)];
    assert.equal(lines.length, 16, said);
    for (const [line, , , , prob, bar] of lines) assert.ok(Math.abs(bar!.length - Number(prob) * 100) < 0.6, line);
    const ranks = lines.map(([, , , rank]) => Number(rank));
    assert.ok(ranks[0]! > 1 && ranks[7] === 1 && ranks[15] === 1, said);
  });
}
