import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Generated } from "../../scripts/clients/generate.ts";
import { runCommand } from "../../scripts/clients/run_command.ts";
import { CLIENTS } from "../../scripts/clients/table.ts";
import { runService } from "../service/running_service.ts";
import { generated } from "./walk_test_cases.ts";

const client = CLIENTS.find(({ language }) => language === "java")!;
const made = await generated(client);
const compiler = await runCommand("javac", ["-version"], { cwd: "." });
const missing = "missing" in made ? made.missing : compiler.success ? null : "no javac";
const skipped = missing === null ? "" : ` (skipped: ${missing})`;
const LENS = fileURLToPath(new URL("../../demo/lenses/tuned/params.pt", import.meta.url));

Deno.test({
  name:
    `${client.name} compiles, and goes through probe, stream, upload, download, a problem and activations${skipped}`,
  ignore: missing !== null,
  fn: async () => {
    const { folder, tools, version, warnings } = made as Generated;
    console.log(`${version} from ${client.document}, ${warnings.length} warnings`);
    for (const { text, because } of warnings) console.log(`  ${text}: ${because}`);
    assert.deepEqual(warnings.filter(({ because }) => because === undefined), []);

    // What it depends on, Jackson, is in the generator's own jar: no Maven repository is needed.
    const cwd = `${folder}/${client.name}`;
    const sources = await runCommand("find", [
      "generated/src/main",
      ".",
      "-name",
      "*.java",
      "-not",
      "-path",
      "./generated/*",
    ], { cwd });
    const files = [...new Set(sources.output.trim().split("\n"))];
    const compiled = await runCommand("javac", ["-nowarn", "-d", "classes", "-cp", String(tools.jar), ...files], {
      cwd,
    });
    assert.ok(compiled.success, compiled.output);

    await using service = await runService();
    const { success, output } = await runCommand("java", ["-cp", `classes:${tools.jar}`, "Walk", service.url, LENS], {
      cwd,
    });
    assert.ok(success, output);
    const steps = output.match(/(?<=walked: )\w+/g);
    assert.deepEqual(steps, ["probe", "stream", "upload", "download", "problem", "activations"], output);
  },
});
