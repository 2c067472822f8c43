/** `deno task clients [names]`: generates the clients of clients/ from the frozen document into `.cache/clients`. */
import { fileURLToPath } from "node:url";
import { generate } from "./clients/generate.ts";
import { runCommand } from "./clients/run_command.ts";
import { CLIENTS } from "./clients/table.ts";
import { ToolMissing } from "./clients/tools.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const unknown = Deno.args.filter((name) => !CLIENTS.some((client) => client.name === name));
if (unknown.length > 0) {
  console.error(`no client ${unknown.join(", ")}; there are ${CLIENTS.map(({ name }) => name).join(", ")}`);
  Deno.exit(1);
}
let failed = false;
for (const client of CLIENTS.filter(({ name }) => Deno.args.length === 0 || Deno.args.includes(name))) {
  try {
    const { folder, version, warnings } = await generate(client, root);
    const out = `.cache/clients/${client.name}`;
    await Deno.remove(`${root}/${out}`, { recursive: true }).catch(() => {});
    await Deno.mkdir(`${root}/.cache/clients`, { recursive: true });
    await runCommand("cp", ["-r", `${folder}/${client.name}/generated`, `${root}/${out}`], { cwd: root });
    console.log(`${client.name}: ${version}, from openapi/${client.document}, in ${out}`);
    for (const { text, because } of warnings) {
      failed ||= because === undefined;
      console.log(`  warning: ${text}\n    ${because ?? "nobody has said why"}`);
    }
  } catch (error) {
    if (!(error instanceof ToolMissing)) failed = true;
    console.log(`${client.name}: not generated: ${error instanceof Error ? error.message : error}`);
  }
}
Deno.exit(failed ? 1 : 0);
