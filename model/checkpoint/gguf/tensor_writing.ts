import { bytesOf } from "../convert/write_values.ts";
import type { DType } from "../tensor_source.ts";
import type { SafetensorsPlan } from "../write_safetensors_header.ts";
import { dequantise } from "./dequantise.ts";
import type { GgufTensor } from "./header.ts";
import { packBlocks, type PackedForm, packedForm } from "./pack.ts";

/** What becomes of the tensors of a GGUF file: blocks in MatMulNBits' layout, or floats. */
export type WritingKind = "packed" | "expanded";

/** What becomes of one tensor, in pieces of whole blocks. */
export interface TensorWriting {
  readonly tensor: GgufTensor;
  /** What is written of it; the parts of one slice follow those of the slice before. */
  readonly parts: readonly SafetensorsPlan[];
  /** The bytes of every part, in their order, for the blocks of a slice. */
  readonly convert: (blocks: Uint8Array<ArrayBuffer>) => readonly Uint8Array[];
}

export function writingOf(kind: WritingKind, name: string, tensor: GgufTensor): TensorWriting {
  const form = kind === "packed" ? formOf(tensor) : null;
  return form === null ? expanding(name, tensor) : packing(name, tensor, form);
}

/** Bytes of all values that would be written. */
export function writtenBytes(writings: readonly TensorWriting[]): number {
  return writings.flatMap(({ parts }) => parts).reduce((sum, part) => sum + bytesOf(part), 0);
}

/** How a matrix of blocks is packed; null for floats, and for a bias or norm, which is a float whatever it is stored as. */
export function formOf({ type, shape }: GgufTensor): PackedForm | null {
  return shape.length === 2 ? packedForm(type) : null;
}

/** What a tensor is as floats: blocks expanded, floats as they are. */
export function floatType({ type }: GgufTensor): DType {
  return type.name === "F16" || type.name === "BF16" ? type.name : "F32";
}

function expanding(name: string, tensor: GgufTensor): TensorWriting {
  const { type, shape } = tensor;
  return {
    tensor,
    parts: [{ name, dtype: floatType(tensor), shape }],
    convert: (blocks) => [type.weights === 1 ? blocks : new Uint8Array(dequantise(blocks, type).buffer)],
  };
}

function packing(name: string, tensor: GgufTensor, form: PackedForm): TensorWriting {
  return {
    tensor,
    parts: partsOf(name, tensor, form),
    convert: (blocks) => {
      const { codes, scales, mins } = packBlocks(blocks, tensor.type);
      const parts = [codes, new Uint8Array(scales.buffer)];
      return form.mins ? [...parts, new Uint8Array(mins.buffer)] : parts;
    },
  };
}

function partsOf(name: string, { shape }: GgufTensor, { bits, block, mins }: PackedForm): SafetensorsPlan[] {
  const [out, into] = shape as [number, number];
  const perBlock = (part: string): SafetensorsPlan => ({
    name: `${name}.${part}`,
    dtype: "F32",
    shape: [out, into / block],
  });
  return [
    { name: `${name}.codes`, dtype: "U8", shape: [out, into / block, block * bits / 8] },
    perBlock("scales"),
    ...(mins ? [perBlock("mins")] : []),
  ];
}
