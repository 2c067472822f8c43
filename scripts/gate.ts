import { existsSync } from "node:fs";
import { type TestCounts, testCounts } from "./test_counts.ts";

/** The gate: every step runs, whatever the ones before it say, so that one run shows all there is to mend. */
const STEPS: readonly { readonly task: string; readonly needs?: string }[] = [
  { task: "format" },
  { task: "lint" },
  { task: "check" },
  { task: "test" },
  { task: "spec", needs: "openapi/openapi.json" },
];

const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0 };

let tests = NO_TESTS;
const failedSteps: string[] = [];
for (const { task, needs } of STEPS) {
  if (needs !== undefined && !existsSync(needs)) continue;
  if (task === "test") {
    const { ok, counts } = await runTests();
    tests = counts;
    if (!ok && counts.failed === 0) failedSteps.push(task);
  } else if (!await run(task)) failedSteps.push(task);
}
if (failedSteps.length > 0) console.log(`Steps that failed: ${failedSteps.join(", ")}`);
console.log(lastLine(tests, failedSteps.length));
Deno.exit(failedSteps.length + tests.failed === 0 ? 0 : 1);

async function run(task: string, ...args: string[]): Promise<boolean> {
  console.log(`\n── ${task}`);
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["task", "--quiet", task, ...args] }).spawn()
    .status;
  return success;
}

/** The counts are the test runner's own, from its report; a file that does not even load fails the run without one. */
async function runTests(): Promise<{ ok: boolean; counts: TestCounts }> {
  const folder = await Deno.makeTempDir({ prefix: "midstream-gate-" });
  try {
    const report = `${folder}/junit.xml`;
    const ok = await run("test", `--junit-path=${report}`);
    return { ok, counts: existsSync(report) ? testCounts(await Deno.readTextFile(report)) : NO_TESTS };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `N passed, N failed`, alone on its line and the last: a step beside the tests that failed counts as one failure. */
function lastLine({ passed, failed, skipped }: TestCounts, steps: number): string {
  return `${passed} passed, ${failed + steps} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}
