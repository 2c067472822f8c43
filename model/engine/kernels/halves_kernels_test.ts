import { Tensor } from "onnxruntime-node";
import assert from "node:assert/strict";
import { convert } from "../../checkpoint/convert/convert.ts";
import { openConverted } from "../../checkpoint/convert/open_converted.ts";
import { type ConvertedPrecision } from "../../checkpoint/convert/recipes.ts";
import { openCheckpoint } from "../../checkpoint/folder.ts";
import { HALVES_KERNELS, type HalvesKernel, type HalvesMatrix } from "../../checkpoint/matrix.ts";
import { readTensor } from "../../checkpoint/read_tensor.ts";
import { TemporaryFolder } from "../../checkpoint/temporary_folder.ts";
import { GraphBuilder } from "../../graph/graph_builder.ts";
import { linearMaps } from "../../graph/linear.ts";
import { createSession } from "../session.ts";

const GOLDEN = new URL("../../../tests/golden/architectures/", import.meta.url).pathname;
const NAME = "model.layers.0.self_attn.q_proj.weight";
const source = await openCheckpoint(`${GOLDEN}llama-gqa-tied`);
const weight = source.tensors.get(NAME)!;
const [out, into] = weight.shape as [number, number];
const exact = await readTensor(weight);
const ROWS = [1, 2, 17];

/** Relative to the root mean square of the product. */
const LARGEST: Readonly<Record<"q16" | "q8", number>> = { q16: 3e-4, q8: 3e-2 };

for (const precision of ["q16", "q8"] as const satisfies readonly ConvertedPrecision[]) {
  Deno.test(`${precision}: every kernel of int8 halves makes the same product, near to the stored weights'`, async () => {
    await using data = await TemporaryFolder.make();
    const folder = await convert(source, precision, { dataFolder: data.path, threads: 2 });
    const { matrices } = await openConverted(source, precision, folder, "u8s8-stacked");
    const matrix = matrices!.get(NAME) as HalvesMatrix;
    for (const count of ROWS) {
      const rows = Float32Array.from({ length: count * into }, (_, i) => Math.sin(i * 12.9898) * (1 + i % 7));
      const expected = product(rows, count);
      const size = Math.sqrt(expected.reduce((sum, value) => sum + value ** 2, 0) / expected.length);
      const usual = await multiplied(rows, count, { ...matrix, kernel: "u8s8-stacked" });
      const far = largest(usual, expected) / size;
      assert.ok(far > 0 && far <= LARGEST[precision], `${count} rows: ${far} from float64`);
      for (const kernel of Object.keys(HALVES_KERNELS) as HalvesKernel[]) {
        const found = await multiplied(rows, count, { ...matrix, kernel });
        const apart = largest(found, usual) / size;
        assert.ok(apart <= 1e-6, `${kernel}, ${count} rows: ${apart} from the usual kernel`);
      }
    }
  });
}

async function multiplied(rows: Float32Array, count: number, matrix: HalvesMatrix): Promise<Float32Array> {
  const graph = new GraphBuilder();
  linearMaps(graph)(graph.input("rows", "float32", ["rows", into]), matrix, "product");
  graph.output("product", "float32", ["rows", out]);
  const tensors = new Map([[matrix.scale.name, matrix.scale]]);
  const session = await createSession(graph.build(), { tensors }, { threads: 2, arena: false });
  const results = await session.run({ rows: new Tensor("float32", rows, [count, into]) });
  await session.release();
  return results["product"]!.data as Float32Array;
}

/** In float64. */
function product(rows: Float32Array, count: number): Float64Array {
  const result = new Float64Array(count * out);
  for (let row = 0; row < count; row++) {
    for (let n = 0; n < out; n++) {
      for (let k = 0; k < into; k++) result[row * out + n]! += rows[row * into + k]! * exact[n * into + k]!;
    }
  }
  return result;
}

function largest(found: Float32Array, expected: Float32Array | Float64Array): number {
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}
