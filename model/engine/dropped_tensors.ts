import type { Tensor } from "onnxruntime-node";

/** Bytes of tensors that may lie about: a collection takes ten milliseconds. */
const MOST_BYTES = 256e6;

/**
 * Has the garbage collected by the bytes of tensors that nobody holds any more: to the collector they are small objects, and it is
 * in no hurry. The keys and values of a long prompt of a 7B are a gigabyte for every thousand tokens, and anew in every chunk.
 */
export class DroppedTensors {
  readonly #collect: (() => void) | undefined;
  #bytes = 0;

  /** @param collect left out where the process was started without --expose-gc: nothing is done then */
  constructor(collect: (() => void) | undefined = (globalThis as { gc?: () => void }).gc) {
    this.#collect = collect;
  }

  /** The last holder of these float32 tensors lets them go. */
  drop(...tensors: readonly Tensor[]): void {
    for (const { size } of tensors) this.#bytes += size * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Collects, if enough was dropped. */
  collect(): void {
    if (this.#bytes < MOST_BYTES) return;
    this.#bytes = 0;
    this.#collect?.();
  }
}
