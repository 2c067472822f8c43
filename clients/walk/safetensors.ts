export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A float32 tensor of a safetensors file (8 bytes of header length, a JSON header, the numbers). */
export function float32Tensor(file: Uint8Array, name: string): Tensor {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const begin = 8 + Number(view.getBigUint64(0, true));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(file.subarray(8, begin)),
  );
  const tensor = header[name];
  if (tensor?.dtype !== "F32") throw new Error(`${name} is not there as F32: ${Object.keys(header)}`);
  const [from, to] = tensor.data_offsets;
  return { shape: tensor.shape, data: new Float32Array(file.slice(begin + from, begin + to).buffer) };
}
