import type { Rope } from "../../checkpoint/config.ts";

/**
 * Rotary position embedding in float64 (Su et al. 2021, arXiv:2104.09864; kinds as numerics.md names them). Heads are split
 * in halves: element i turns together with element i + headDim/2.
 */
export class Float64Rope {
  readonly #frequencies: readonly number[];

  constructor(rope: Rope, headDim: number) {
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
      const [x, y] = [head[i]!, head[i + half]!];
      head[i] = x * cos - y * sin;
      head[i + half] = y * cos + x * sin;
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
