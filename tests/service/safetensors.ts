/** A tensor of a safetensors file held in memory. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export interface Safetensors {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  get(name: string): Tensor;
}

/** An independent reader, as short as the format: what the service writes and reads is not read back by its own code. */
export function parseSafetensors(bytes: Uint8Array<ArrayBuffer>): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  );
  return {
    names: Object.keys(entries),
    metadata,
    get: (name) => {
      const { dtype, shape, data_offsets: [from, to] } = entries[name] ?? {};
      if (dtype === undefined) throw new Error(`no tensor ${name}; there are ${Object.keys(entries).join(", ")}`);
      const data = bytes.slice(8 + length + from, 8 + length + to).buffer;
      return { shape, values: decode(data, dtype) };
    },
  };
}

export function readSafetensors(path: string): Safetensors {
  return parseSafetensors(Deno.readFileSync(path));
}

function decode(data: ArrayBuffer, dtype: string): Float64Array {
  switch (dtype) {
    case "F32":
      return Float64Array.from(new Float32Array(data));
    case "F16":
      return Float64Array.from(new Float16Array(data));
    case "BF16":
      return Float64Array.from(new Float32Array(Uint32Array.from(new Uint16Array(data), (bits) => bits << 16).buffer));
    case "I64":
      return Float64Array.from(new BigInt64Array(data), Number);
    default:
      throw new Error(`dtype ${dtype}`);
  }
}
