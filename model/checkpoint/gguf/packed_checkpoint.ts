import type { Checkpoint } from "../checkpoint.ts";
import type { BlocksMatrix, Matrix } from "../matrix.ts";
import type { DType, TensorSource } from "../tensor_source.ts";
import { described, type GgufWeightsOptions, type WrittenTensor, writtenTensors } from "./gguf_weights.ts";
import type { GgufTensor } from "./header.ts";
import type { GgufModel } from "./open_gguf.ts";
import type { PackedForm } from "./pack.ts";
import { formOf, writingOf, writtenBytes } from "./tensor_writing.ts";

const EMBEDDING = "model.embed_tokens.weight";
const LM_HEAD = "lm_head.weight";

/**
 * A GGUF as a checkpoint whose matrices are multiplied in blocks, its own numbers in MatMulNBits' layout, packed into the
 * data folder at the first time. Norms and biases are floats.
 *
 * The weights being exact, what activations lose is all that is lost: as one int8 half they cost SmolLM2 4.6e-3 nats of mean
 * KL, and a probe in pieces differs from a whole one by tenths of a nat; as two, 7e-8, for up to twice the time.
 *
 * @throws {CheckpointError} where the GGUF cannot be read
 * @throws {ConversionError} where the data folder cannot take the weights
 */
export async function packedCheckpoint(gguf: GgufModel, options: GgufWeightsOptions): Promise<Checkpoint> {
  const written = await writtenTensors(gguf, "packed", options);
  const tensors = new Map<string, TensorSource>();
  const matrices = new Map<string, Matrix>();
  for (const [name, tensor] of gguf.tensors) {
    const form = formOf(tensor);
    if (form === null) {
      const found = written.get(name)!;
      tensors.set(name, { ...found, dtype: found.dtype as DType });
    } else matrices.set(name, blocksMatrix(name, tensor, form, written));
  }
  const shared = matrices.get(EMBEDDING);
  if (gguf.config.tied && shared !== undefined) matrices.set(LM_HEAD, shared);
  return { ...described(gguf), tensors, matrices };
}

/** Bytes that ONNX Runtime packs of it: all but an embedding that is not multiplied with; float matrices as float32. */
export function packedBytes(gguf: GgufModel): number {
  let bytes = 0;
  for (const [name, tensor] of gguf.tensors) {
    if (name === EMBEDDING && !gguf.config.tied) continue;
    const { type, shape } = tensor;
    bytes += type.weights > 1
      ? writtenBytes([writingOf("packed", name, tensor)])
      : shape.reduce((product, size) => product * size, 4);
  }
  return bytes;
}

function blocksMatrix(
  name: string,
  { shape }: GgufTensor,
  { bits, block, mins }: PackedForm,
  written: ReadonlyMap<string, WrittenTensor>,
): BlocksMatrix {
  const [out, into] = shape as [number, number];
  const floats = (part: string): TensorSource<"F32"> => ({ ...written.get(`${name}.${part}`)!, dtype: "F32" });
  return {
    form: "blocks",
    bits,
    block,
    in: into,
    out,
    codes: { ...written.get(`${name}.codes`)!, dtype: "U8" },
    scales: floats("scales"),
    activationBits: 16,
    ...(mins ? { mins: floats("mins") } : {}),
  };
}
