import type { ActivationsPlan, ModelDescription } from "../../model/engine/engine.ts";

interface Tensor {
  readonly name: string;
  readonly dtype: "I64" | "F32" | "F16";
  readonly shape: readonly number[];
}

const BYTES = { I64: 8, F32: 4, F16: 2 } as const;

/** The beginning of a safetensors file of residual states, and the bytes that the engine's values add to it. */
export interface SafetensorsStart {
  /** Header, then `positions` and `input_ids`. */
  readonly head: Uint8Array;
  /** Bytes of the values: `{site}.{layer}` [positions, d_model] by layer, then site, then `logits` [positions, vocabulary]. */
  readonly valueBytes: number;
}

/** @param metadata strings that readers find under `__metadata__` */
export function safetensorsStart(
  plan: ActivationsPlan,
  model: ModelDescription,
  metadata: Readonly<Record<string, string>>,
): SafetensorsStart {
  const dtype = plan.dtype === "float32" ? "F32" : "F16";
  const rows = plan.positions.length;
  const integers: Tensor[] = [
    { name: "positions", dtype: "I64", shape: [rows] },
    { name: "input_ids", dtype: "I64", shape: [plan.ids.length] },
  ];
  const states = plan.layers.flatMap((layer) =>
    plan.sites.map((site): Tensor => ({ name: `${site}.${layer}`, dtype, shape: [rows, model.dModel] }))
  );
  const logits: Tensor[] = plan.logits ? [{ name: "logits", dtype, shape: [rows, model.vocabulary] }] : [];
  const header = headerBytes([...integers, ...states, ...logits], metadata);
  const values = new BigInt64Array([...plan.positions, ...plan.ids].map(BigInt));
  const head = new Uint8Array(header.byteLength + values.byteLength);
  head.set(header);
  head.set(new Uint8Array(values.buffer), header.byteLength);
  return { head, valueBytes: [...states, ...logits].reduce((sum, tensor) => sum + byteSize(tensor), 0) };
}

/** 8 bytes of length, then JSON padded with spaces to a multiple of 8, so that values are aligned. */
function headerBytes(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0;
  const entries = tensors.map((tensor) => {
    const begin = offset;
    offset += byteSize(tensor);
    return [tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, offset] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

function byteSize({ dtype, shape }: Tensor): number {
  return shape.reduce((product, size) => product * size, BYTES[dtype]);
}
