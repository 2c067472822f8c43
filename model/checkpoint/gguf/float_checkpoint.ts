import type { Checkpoint } from "../checkpoint.ts";
import { BYTES_OF, type DType, type TensorSource } from "../tensor_source.ts";
import { described, type GgufWeightsOptions, writtenTensors } from "./gguf_weights.ts";
import type { GgufModel } from "./open_gguf.ts";
import { floatType } from "./tensor_writing.ts";

/**
 * A GGUF of nothing but F32, F16 and BF16, used where it lies: a checkpoint like any other.
 *
 * @returns null where it has blocks
 */
export function floatsInPlace(gguf: GgufModel): Checkpoint | null {
  if ([...gguf.tensors.values()].some(({ type }) => type.weights > 1)) return null;
  return floatSizes(gguf);
}

/** The tensors as floats, for their names and sizes; those of blocks lie nowhere yet. */
export function floatSizes(gguf: GgufModel): Checkpoint {
  const tensors = new Map<string, TensorSource>();
  for (const [name, tensor] of gguf.tensors) {
    const { shape, offset } = tensor;
    const dtype = floatType(tensor);
    const length = shape.reduce((product, size) => product * size, BYTES_OF[dtype]);
    tensors.set(name, { name, dtype, shape, file: gguf.file, offset, length });
  }
  return { ...described(gguf), tensors };
}

/**
 * A GGUF as a checkpoint of floats, its blocks expanded, exactly, into the data folder at the first time. Float tensors are
 * copied there in their own dtype, because one ONNX Runtime session maps files of one folder.
 *
 * @throws {CheckpointError} where the GGUF cannot be read
 * @throws {ConversionError} where the data folder cannot take the weights
 */
export async function floatCheckpoint(gguf: GgufModel, options: GgufWeightsOptions): Promise<Checkpoint> {
  const inPlace = floatsInPlace(gguf);
  if (inPlace !== null) return inPlace;
  const written = await writtenTensors(gguf, "expanded", options);
  const tensors = new Map<string, TensorSource>();
  for (const name of gguf.tensors.keys()) {
    const tensor = written.get(name)!;
    tensors.set(name, { ...tensor, dtype: tensor.dtype as DType });
  }
  return { ...described(gguf), tensors };
}
