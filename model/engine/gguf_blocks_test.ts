import assert from "node:assert/strict";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { BLOCK_TYPES, type BlockType } from "../checkpoint/gguf/block_types.ts";
import { dequantise } from "../checkpoint/gguf/dequantise.ts";
import { packBlocks, type PackedForm, packedForm } from "../checkpoint/gguf/pack.ts";
import { randomBlocks } from "../checkpoint/gguf/testdata/random_blocks.ts";
import type { BlocksMatrix } from "../checkpoint/matrix.ts";
import { TemporaryFolder } from "../checkpoint/temporary_folder.ts";
import type { TensorSource } from "../checkpoint/tensor_source.ts";
import { embedding } from "../graph/embedding.ts";
import { GraphBuilder } from "../graph/graph_builder.ts";
import { linearMaps } from "../graph/linear.ts";
import { createSession } from "./session.ts";

const OUT = 48;
const IN = 512;
const ROWS = 5;
/** Relative rms: what int8 activations by blocks lose (runtime-facts 9). */
const INT8_ACTIVATIONS = 7e-3;
/** As two halves. */
const INT16_ACTIVATIONS = 4e-5;

for (const [number, type] of BLOCK_TYPES) {
  const form = packedForm(type);
  if (form === null) continue;
  const blocks = randomBlocks(type, OUT * IN / type.weights, 3 + number, true);
  const weights = dequantise(blocks, type);

  Deno.test(`${type.name} in blocks multiplies as its dequantised weights do, activations in one half or two`, async () => {
    await using folder = await TemporaryFolder.make();
    const matrix = await stored(folder.path, blocks, type, form);
    const one = await productError(matrix, weights);
    assert.ok(one <= INT8_ACTIVATIONS, `relative rms ${one}`);
    const two = await productError({ ...matrix, activationBits: 16 }, weights);
    assert.ok(two <= INT16_ACTIVATIONS, `relative rms ${two}`);
  });

  Deno.test(`${type.name} in blocks is gathered as its dequantised rows`, async () => {
    await using folder = await TemporaryFolder.make();
    const matrix = await stored(folder.path, blocks, type, form);
    const graph = new GraphBuilder();
    const ids = graph.input("ids", "int32", [1, "T"]);
    graph.op("Identity", [embedding(graph, ids, matrix)], {}, "y");
    graph.output("y", "float32", [1, "T", IN]);
    const wanted = Int32Array.of(OUT - 1, 0, 17);
    const found = await run(graph, matrix, { ids: new Tensor("int32", wanted, [1, wanted.length]) });
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    for (const [at, id] of wanted.entries()) {
      for (let k = 0; k < IN; k++) {
        const weight = weights[id * IN + k]!;
        // Without a min there is one product, rounded once, as in the reference.
        if (form.mins) assert.ok(Math.abs(found[at * IN + k]! - weight) <= largest * 2 ** -22, `${id}, ${k}`);
        else assert.equal(found[at * IN + k], weight, `${id}, ${k}`);
      }
    }
  });
}

/** Relative rms of a product's difference from the one in float64. */
async function productError(matrix: BlocksMatrix, weights: Float32Array): Promise<number> {
  const graph = new GraphBuilder();
  const x = graph.input("x", "float32", [1, "T", IN]);
  linearMaps(graph)(x, matrix, "y");
  graph.output("y", "float32", [1, "T", OUT]);
  const rows = Float32Array.from({ length: ROWS * IN }, (_, i) => Math.sin(i * i) + (i % 7 === 0 ? 1 : 0));
  rows.fill(0, IN, IN + 2 * 32); // Whole blocks of zeros.
  const found = await run(graph, matrix, { x: new Tensor("float32", rows, [1, ROWS, IN]) });
  let difference = 0;
  let size = 0;
  for (let row = 0; row < ROWS; row++) {
    for (let n = 0; n < OUT; n++) {
      let expected = 0;
      for (let k = 0; k < IN; k++) expected += rows[row * IN + k]! * weights[n * IN + k]!;
      difference += (found[row * OUT + n]! - expected) ** 2;
      size += expected ** 2;
    }
  }
  return Math.sqrt(difference / size);
}

/** Writes codes, scales and mins one after the other. */
async function stored(
  folder: string,
  blocks: Uint8Array<ArrayBuffer>,
  type: BlockType,
  { bits, block, mins: withMins }: PackedForm,
): Promise<BlocksMatrix> {
  const { codes, scales, mins } = packBlocks(blocks, type);
  const file = join(folder, "weights.bin");
  await Deno.writeFile(file, new Blob([scales, mins, codes]).stream());
  const floats = (name: string, offset: number): TensorSource<"F32"> => ({
    name,
    dtype: "F32",
    shape: [OUT, IN / block],
    file,
    offset,
    length: scales.byteLength,
  });
  const offset = scales.byteLength + mins.byteLength;
  return {
    form: "blocks",
    bits,
    block,
    in: IN,
    out: OUT,
    codes: {
      name: "codes",
      dtype: "U8",
      shape: [OUT, IN / block, block * bits / 8],
      file,
      offset,
      length: codes.length,
    },
    scales: floats("scales", 0),
    ...(withMins ? { mins: floats("mins", scales.byteLength) } : {}),
  };
}

async function run(graph: GraphBuilder, matrix: BlocksMatrix, feeds: Record<string, Tensor>): Promise<Float32Array> {
  const tensors = new Map([["scales", matrix.scales]]);
  const session = await createSession(graph.build(), { tensors }, { threads: 1 });
  const { y } = await session.run(feeds, ["y"]);
  await session.release();
  return y!.data as Float32Array;
}
