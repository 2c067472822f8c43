import type { Rope } from "../../checkpoint/config.ts";

/**
 * Rotary position embedding in float64 (Su et al. 2021, arXiv:2104.09864; kinds as numerics.md names them). Element i turns
 * together with element i + headDim/2, or interleaved, in a GGUF's order of rows, element 2i with element 2i + 1.
 */
export class Float64Rope {
  readonly #frequencies: readonly number[];

  constructor(rope: Rope, headDim: number, readonly interleaved: boolean) {
    this.#frequencies = Array.from(
      { length: headDim / 2 },
      (_, i) => stretched(rope.theta ** (-2 * i / headDim), rope, i),
    );
  }

  /** Turns one head, [headDim], in place. */
  rotate(head: Float64Array, position: number): void {
    const half = head.length / 2;
    for (const [i, frequency] of this.#frequencies.entries()) {
      const [cos, sin] = [Math.cos(position * frequency), Math.sin(position * frequency)];
      const [a, b] = this.interleaved ? [2 * i, 2 * i + 1] : [i, i + half];
      const [x, y] = [head[a]!, head[b]!];
      head[a] = x * cos - y * sin;
      head[b] = y * cos + x * sin;
    }
  }
}

/** Longer contexts by slower rotation: linear everywhere, llama3 only where a turn takes longer than the first context. */
function stretched(frequency: number, rope: Rope, i: number): number {
  switch (rope.kind) {
    case "default":
      return frequency;
    case "linear":
      return frequency / rope.factor;
    case "factors":
      return frequency / rope.factors[i]!;
    case "llama3": {
      const turns = rope.originalContext * frequency / (2 * Math.PI);
      if (turns < rope.lowFreqFactor) return frequency / rope.factor;
      if (turns > rope.highFreqFactor) return frequency;
      const kept = (turns - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
      return kept * frequency + (1 - kept) * frequency / rope.factor;
    }
  }
}
