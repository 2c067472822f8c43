import assert from "node:assert/strict";
import { pythonEnvironment } from "./python_environment.ts";
import { rarelyAccepted, runSchemathesis, schemathesisReport } from "./run_schemathesis.ts";

const python = await pythonEnvironment(new URL("requirements.txt", import.meta.url));
const skipped = "unavailable" in python;

Deno.test({
  name: `schemathesis finds nothing in the service with keys, and half of the right requests are answered${
    skipped ? ` (skipped: ${python.unavailable})` : ""
  }`,
  ignore: skipped,
  fn: async () => {
    if ("unavailable" in python) return;
    const run = await runSchemathesis({ ...python, seed: 1, examples: 5, keys: true });
    console.log(schemathesisReport(run));
    assert.ok(run.clean, "schemathesis failed, or warned of what it could not check");
    assert.ok(Object.keys(run.operations).length >= 20);
    assert.deepEqual(rarelyAccepted(run), []);
  },
});

Deno.test("an operation that refuses most right requests is named", () => {
  const of = (positive: number, accepted: number) => ({ cases: 10, positive, accepted, refusals: {} });
  const run = { clean: true, version: "4", seed: 1, report: "" };
  assert.deepEqual(
    rarelyAccepted({ ...run, operations: { "GET /a": of(4, 2), "GET /b": of(5, 2), "GET /c": of(0, 0) } }),
    ["GET /b"],
  );
});
