import type { Tensor } from "onnxruntime-node";

/**
 * Gives the memory of a tensor that nobody reads any more back at once. The collector of garbage is in no hurry, since to it a
 * tensor is a small object: the keys and values of a long prompt of a 7B are a gigabyte for every thousand tokens, and anew in
 * every chunk, and the next buffers would be taken from memory that was never touched.
 */
export function freeTensor({ data }: Tensor): void {
  if (data instanceof Float32Array && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
}
