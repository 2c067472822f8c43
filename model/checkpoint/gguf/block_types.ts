/** Bytes of one block of a stored tensor and the weights it holds, innermost dimension first. */
export interface BlockType {
  /** As ggml names it, e.g. `Q4_K`. */
  readonly name: BlockTypeName;
  /** Weights of a block. */
  readonly weights: number;
  /** Bytes of a block. */
  readonly bytes: number;
}

export type BlockTypeName =
  | "F32"
  | "F16"
  | "BF16"
  | "Q8_0"
  | "Q4_0"
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K";

/** The types that are read (runtime-facts: GGUF block → MatMulNBits), by ggml's number (ggml.h, `enum ggml_type`). */
export const BLOCK_TYPES: ReadonlyMap<number, BlockType> = new Map([
  [0, { name: "F32", weights: 1, bytes: 4 }],
  [1, { name: "F16", weights: 1, bytes: 2 }],
  [30, { name: "BF16", weights: 1, bytes: 2 }],
  [8, { name: "Q8_0", weights: 32, bytes: 34 }],
  [2, { name: "Q4_0", weights: 32, bytes: 18 }],
  [3, { name: "Q4_1", weights: 32, bytes: 20 }],
  [6, { name: "Q5_0", weights: 32, bytes: 22 }],
  [7, { name: "Q5_1", weights: 32, bytes: 24 }],
  [12, { name: "Q4_K", weights: 256, bytes: 144 }],
  [13, { name: "Q5_K", weights: 256, bytes: 176 }],
  [14, { name: "Q6_K", weights: 256, bytes: 210 }],
]);

/** The other types of ggml, so that a refusal can name them. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  4: "Q4_2",
  5: "Q4_3",
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  31: "Q4_0_4_4",
  32: "Q4_0_4_8",
  33: "Q4_0_8_8",
  34: "TQ1_0",
  35: "TQ2_0",
  36: "IQ4_NL_4_4",
  37: "IQ4_NL_4_8",
  38: "IQ4_NL_8_8",
  39: "MXFP4",
  40: "NVFP4",
};

/** ggml's name of a type, or its number where it has none that is known here. */
export function typeName(type: number): string {
  return BLOCK_TYPES.get(type)?.name ?? OTHER_TYPES[type] ?? `number ${type}`;
}
