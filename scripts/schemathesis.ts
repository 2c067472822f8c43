/**
 * `deno task conformance --schemathesis [--seed 1] [--cases 5] [--keys]`: schemathesis, of which the environment is made
 * where there is Python, against a demo service, with keys or without. `--cases` are the random ones of an operation. Ends
 * with 1 where it finds something.
 */
import { parseArgs } from "node:util";
import { pythonEnvironment } from "../tests/schemathesis/python_environment.ts";
import { rarelyAccepted, runSchemathesis, schemathesisReport } from "../tests/schemathesis/run_schemathesis.ts";

const { values } = parseArgs({
  options: {
    schemathesis: { type: "boolean" },
    seed: { type: "string", default: "1" },
    cases: { type: "string", default: "5" },
    keys: { type: "boolean", default: false },
  },
});

const python = await pythonEnvironment(new URL("../tests/schemathesis/requirements.txt", import.meta.url));
if ("unavailable" in python) {
  console.log(`skipped: ${python.unavailable}`);
} else {
  const run = await runSchemathesis({
    ...python,
    seed: Number(values.seed),
    examples: Number(values.cases),
    keys: values.keys,
  });
  console.log(schemathesisReport(run));
  for (const [name, { refusals }] of Object.entries(run.operations)) {
    for (const [kind, times] of Object.entries(refusals)) console.log(`${name}: ${times} × ${kind}`);
  }
  Deno.exitCode = run.clean && rarelyAccepted(run).length === 0 ? 0 : 1;
}
