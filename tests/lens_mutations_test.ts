import assert from "node:assert/strict";
import { fuzzLensUploads, uploadFuzzReport } from "./fuzz/lens_uploads.ts";

const CASES = 2_000;

Deno.test(`${CASES} mutated lens files are uploaded: each is answered below 500, and nothing of it stays`, async () => {
  const result = await fuzzLensUploads(CASES, 20_261_124);
  console.log(uploadFuzzReport(result));
  assert.equal(result.cases, CASES);
  // The mutations must break most files and leave some whole.
  assert.ok(result.accepted > CASES / 50, `${result.accepted} accepted`);
  assert.ok((result.refused.get("422 lens-refused") ?? 0) > CASES / 4);
  assert.ok(result.growth < 200 * 2 ** 20, `memory grew by ${result.growth} bytes`);
});
