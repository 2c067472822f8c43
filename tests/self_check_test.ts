import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SelfCheck } from "../openapi/schemas/self_check.ts";
import { architectures, GOLDEN } from "./service/golden_files.ts";
import { runService } from "./service/running_service.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

Deno.test("the demo passes its self-check over HTTP, and its tuned lens is right", async () => {
  await using running = await runService();
  const response = await fetch(`${running.url}/self-check`);
  assert.equal(response.status, 200);
  const { passed, invariants, lenses } = SelfCheck.parse(await response.json());
  assert.ok(passed);
  assert.deepEqual(invariants.filter(({ verdict }) => verdict !== "pass"), []);
  assert.equal(lenses.find(({ id }) => id === "tuned")?.verdict, "right");
});

Deno.test("--self-check prints a table and stops with 0, without listening", async () => {
  const { code, stdout, stderr } = await command(["--model", `${GOLDEN}/architectures/${architectures()[0]}`]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^zero_translator +pass +/m);
  assert.match(stdout, /^passed: 64 tokens/m);
  assert.doesNotMatch(stderr, /listening/);
});

Deno.test("--self-check of a model that cannot be loaded says why in one line and stops with 1", async () => {
  const { code, stdout, stderr } = await command(["--model", "/nowhere/at-all", "--log-level", "error"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /at-all/);
  assert.equal(stderr.trimEnd().split("\n").length, 1);
});

async function command(flags: readonly string[]) {
  const data = await Deno.makeTempDir();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", MAIN, "--self-check", "--data", data, ...flags],
  }).output();
  await Deno.remove(data, { recursive: true });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
