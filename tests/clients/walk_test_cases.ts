import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { generate, type Generated } from "../../scripts/clients/generate.ts";
import type { Ran } from "../../scripts/clients/run_command.ts";
import { type Client, CLIENTS } from "../../scripts/clients/table.ts";
import { ToolMissing } from "../../scripts/clients/tools.ts";
import { runService } from "../service/running_service.ts";
import { startBusyServer } from "./busy_server.ts";
import { startRefusingServer } from "./refusing_server.ts";
import { exampleProblems, walkPlan } from "./walk_plan.ts";

/** How the client of a language is compiled and run. */
export interface Runtime {
  /** Type-checks the client's program, and `misspelt`. */
  check(generated: Generated): Promise<Ran>;
  /** A line of the checker's output that tells of an error in a file, and the file's name. */
  readonly error: RegExp;
  walk(generated: Generated, plan: string): Promise<Ran>;
}

/** What the walk prints, step by step: none may be left out. */
const STEPS = [
  "probe",
  "stream",
  "upload",
  "download",
  "activations",
  "refusals of the service",
  "every kind of problem",
  "429 and 503 after Retry-After",
];

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A client, generated or from the cache; or why it cannot be had here. */
export async function generated(client: Client): Promise<Generated | { readonly missing: string }> {
  try {
    return await generate(client, root);
  } catch (error) {
    if (error instanceof ToolMissing) return { missing: error.message };
    throw error;
  }
}

/** The tests of every client of a language. */
export async function testClients(language: Client["language"], runtime: Runtime): Promise<void> {
  for (const client of CLIENTS.filter((it) => it.language === language)) {
    const made = await generated(client);
    const missing = "missing" in made;
    const test = (title: string, run: (made: Generated) => Promise<void>) =>
      Deno.test({
        name: `${client.name} ${title}${missing ? ` (skipped: ${made.missing})` : ""}`,
        ignore: missing,
        fn: () => run(made as Generated),
      });

    test("is generated without a warning that concerns the document", ({ version, warnings }) => {
      console.log(`${version} from ${client.document}, ${warnings.length} warnings`);
      for (const { text, because } of warnings) console.log(`  ${text.slice(0, 200)}: ${because}`);
      assert.deepEqual(warnings.filter(({ because }) => because === undefined), []);
      return Promise.resolve();
    });

    test("has types: its program passes, a misspelt member, argument or value does not", async (made) => {
      const { output } = await runtime.check(made);
      const lines = output.split("\n").filter((line) => runtime.error.test(line));
      assert.deepEqual(lines.filter((line) => !line.startsWith("misspelt.")), [], output);
      for (const name of ["promt", "entrpy", "detial", "assign"]) {
        assert.ok(lines.some((line) => line.includes(name)), `${name} is taken: ${output}`);
      }
    });

    test("goes through probe, stream, upload, download, activations, every problem and a busy service", async (made) => {
      await using service = await runService();
      await using busy = startBusyServer(service.url);
      const problems = await exampleProblems(service);
      await using refusing = startRefusingServer(new Map([...problems].map(([name, { problem }]) => [name, problem])));
      const plan = await walkPlan(service, { busyUrl: busy.url, refusingUrl: refusing.url }, problems);
      const file = await Deno.makeTempFile({ suffix: ".json" });
      try {
        await Deno.writeTextFile(file, JSON.stringify(plan));
        const { success, output } = await runtime.walk(made, file);
        assert.ok(success, output);
        assert.deepEqual(output.trim().split("\n").map((line) => line.replace("walked: ", "")), STEPS);
      } finally {
        await Deno.remove(file);
      }
      const [first, second, third] = busy.asked as [number, number, number];
      assert.equal(busy.asked.length, 3);
      assert.ok(second - first >= 950 && third - second >= 950, `asked again at ${busy.asked}`);
    });
  }
}
