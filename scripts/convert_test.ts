import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMIT_A, TestHub } from "../model/checkpoint/hub/test_hub.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import { GOLDEN } from "../tests/service/golden_files.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const GGUF = `${GOLDEN}/badfiles/gguf-ok-mixed-k.gguf`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function runScript(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-all", `${ROOT}scripts/${script}`, ...args],
    env: { MIDSTREAM_MODEL: "", MIDSTREAM_PRECISION: "", ...env },
  });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), error: new TextDecoder().decode(stderr) };
}

Deno.test("deno task convert packs and expands a GGUF once, and deno task cache lists both", async () => {
  await using data = await TemporaryFolder.make();
  const convert = async (...more: string[]) =>
    (await runScript("convert.ts", ["--model", GGUF, "--data", data.path, ...more])).out;
  assert.match(await convert(), /^gguf-ok-mixed-k gguf: converted in [\d.]+ s, \d+ MB\/s\n$/);
  assert.match(await convert("--precision", "f32"), /^gguf-ok-mixed-k gguf-f32: converted in/);
  assert.equal(await convert(), "gguf-ok-mixed-k gguf: converted before\n");
  const { out } = await runScript("cache.ts", ["--data", data.path]);
  const lines = out.trimEnd().split("\n").map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(lines.map(([, kind, , , id, state]) => [kind, id, state]).sort(), [
    ["gguf", "gguf-ok-mixed-k", undefined],
    ["gguf-f32", "gguf-ok-mixed-k", undefined],
  ]);
  assert.match((await runScript("cache.ts", ["--prune", "--data", data.path])).out, /^(?!.*removed)/s);
});

Deno.test("deno task convert says what a model can be converted to", async () => {
  await using data = await TemporaryFolder.make();
  const folder = `${GOLDEN}/architectures/llama-gqa-tied`;
  for (
    const [args, wanted] of [
      [["--model", GGUF, "--precision", "q8"], /^gguf-ok-mixed-k is quantised already \(Q8_0\)/],
      [["--model", folder], /^a model of floats is converted to a precision:\n.*--precision q16\|q8\|q4/],
      [[], /^which model\?/],
    ] as const
  ) {
    const { code, out, error } = await runScript("convert.ts", [...args, "--data", data.path]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(error, wanted);
  }
});

Deno.test("deno task convert fetches a GGUF of the hub, and the cache bears its name there", async () => {
  await using data = await TemporaryFolder.make();
  await using hub = new TestHub([{
    id: "ada/tiny",
    commits: { [COMMIT_A]: { "tiny.gguf": await Deno.readFile(GGUF) } },
    refs: { main: COMMIT_A },
  }]);
  const env = { HF_HOME: `${data.path}/hub`, HF_ENDPOINT: hub.endpoint };
  const { out, error } = await runScript("convert.ts", ["--model", "ada/tiny:tiny.gguf", "--data", data.path], env);
  assert.match(out, /^ada\/tiny:tiny\.gguf gguf: converted in/, error);
  assert.match(
    (await runScript("cache.ts", ["--data", data.path])).out,
    /^[0-9a-f]{12} {2}gguf .* ada\/tiny:tiny\.gguf/,
  );
});
