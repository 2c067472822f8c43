import assert from "node:assert/strict";
import { testCounts } from "./test_counts.ts";

Deno.test("testCounts() sums what passed, failed and was skipped over all files", () => {
  const report = `<testsuites name="deno test" tests="9" failures="3" errors="0" time="0.075">
    <testsuite name="./a_test.ts" tests="7" disabled="2" errors="0" failures="2">
        <testcase name="&lt;testsuite tests=&quot;99&quot;"></testcase>
    </testsuite>
    <testsuite name="./b_test.ts" tests="2" disabled="0" errors="1" failures="0"></testsuite>
</testsuites>`;
  assert.deepEqual(testCounts(report), { passed: 4, failed: 3, skipped: 2 });
  assert.deepEqual(testCounts(""), { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("testCounts() reads what this Deno writes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/sample_test.ts`;
    await Deno.writeTextFile(
      file,
      `Deno.test("a", async (t) => { await t.step("b", () => {}); });
       Deno.test({ name: "c", ignore: true, fn: () => {} });
       Deno.test("d", () => { throw new Error("on purpose"); });`,
    );
    const args = ["test", "--quiet", "--no-check", "--no-config", `--junit-path=${folder}/junit.xml`, file];
    const { code } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).output();
    assert.equal(code, 1);
    const counts = testCounts(await Deno.readTextFile(`${folder}/junit.xml`));
    assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 1 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
