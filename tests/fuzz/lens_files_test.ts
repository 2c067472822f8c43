import assert from "node:assert/strict";
import { fuzzLensFiles } from "./lens_files.ts";

const CASES = 20_000;

Deno.test(`${CASES} mutated lens files are refused in words, or read as a naive decoder reads them`, async () => {
  const { cases, accepted, refused, growth } = await fuzzLensFiles(CASES, 20_261_124);
  assert.equal(cases, CASES);
  // The mutations must reach every reader, and leave some files whole.
  assert.ok(accepted > CASES / 100, `${accepted} accepted`);
  for (
    const rule of [
      "zip.structure",
      "zip.name",
      "pickle.opcode",
      "pickle.structure",
      "tensor.bounds",
      "st.header",
      "lens.keys",
    ]
  ) {
    assert.ok((refused.get(rule) ?? 0) > 0, `no refusal by ${rule}`);
  }
  assert.ok(growth < 200 * 2 ** 20, `memory grew by ${growth} bytes`);
});
