import assert from "node:assert/strict";
import { numpyFloats } from "./numpy_floats.ts";

/** What numpy 2.3 prints: `numpy.array_str(numpy.array(…, dtype=numpy.float32), precision=1)`. */
const PRINTED: readonly [number[], string][] = [
  [[0.04, 0.05, -0.06, -0.04], "[ 0.   0.1 -0.1 -0. ]"],
  [[0.25, 0.75, -0.35, 1.25], "[ 0.2  0.8 -0.3  1.2]"],
  [[0.96, 0.95, 1, -0], "[ 1.   0.9  1.  -0. ]"],
  [[1, 2, -3, 0], "[ 1.  2. -3.  0.]"],
  [[12.34, -0.5, 123.4, 5], "[ 12.3  -0.5 123.4   5. ]"],
  [[1.25e-5, 0.125, 3, -0], "[ 1.2e-05  1.2e-01  3.0e+00 -0.0e+00]"],
  [[1e-5, 2e-5, -3e-5, 0], "[ 1.e-05  2.e-05 -3.e-05  0.e+00]"],
  [[9.96e-5, 1, -2, 1e9], "[ 1.e-04  1.e+00 -2.e+00  1.e+09]"],
  [[1e-12, 1e5, 0, 1], "[1.e-12 1.e+05 0.e+00 1.e+00]"],
  [[5e-5, 9.5e-5, 1.05e-4, 1], "[5.0e-05 9.5e-05 1.0e-04 1.0e+00]"],
  [[0, 0, 0, -0], "[ 0.  0.  0. -0.]"],
  [[1000, 1, 1, 1], "[1000.    1.    1.    1.]"],
  [[1001, 1, 1, 1], "[1.e+03 1.e+00 1.e+00 1.e+00]"],
];

Deno.test("numpyFloats() prints as numpy does", () => {
  for (const [values, printed] of PRINTED) {
    assert.equal(`[${numpyFloats([...new Float32Array(values)]).join(" ")}]`, printed);
  }
});
