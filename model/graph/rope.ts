import type { ModelConfig, Rope } from "../checkpoint/config.ts";

/**
 * Inverse frequencies of the rotary embedding, [headDim / 2] float32, rounded where transformers rounds
 * (modeling_rope_utils.py: default, linear and llama3).
 */
export function inverseFrequencies(rope: Rope, headDim: number): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = scaled(Math.fround(1 / Math.fround(rope.theta ** Math.fround((2 * i) / headDim))), rope, i);
  }
  return frequencies;
}

function scaled(frequency: number, rope: Rope, i: number): number {
  if (rope.kind === "default") return frequency;
  if (rope.kind === "linear") return frequency / rope.factor;
  if (rope.kind === "factors") return frequency / rope.factors[i]!;
  const wavelength = (2 * Math.PI) / frequency;
  const longest = rope.originalContext / rope.lowFreqFactor;
  const shortest = rope.originalContext / rope.highFreqFactor;
  if (wavelength > longest) return frequency / rope.factor;
  if (wavelength < shortest) return frequency;
  const smooth = (rope.originalContext / wavelength - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
  return ((1 - smooth) * frequency) / rope.factor + smooth * frequency;
}

/** cos and sin of position × inverse frequency, grown as longer prompts come: rows of [headDim / 2] float32. */
export class RotaryTable {
  readonly #frequencies: Float32Array;
  #cos = new Float32Array(0);
  #sin = new Float32Array(0);

  constructor(config: ModelConfig) {
    this.#frequencies = inverseFrequencies(config.rope, config.headDim);
  }

  get width(): number {
    return this.#frequencies.length;
  }

  /** Rows of positions from…to−1. The angle is rounded to float32 as in PyTorch, where positions are float32 too. */
  rows(from: number, to: number): { cos: Float32Array; sin: Float32Array } {
    this.#grow(to);
    return {
      cos: this.#cos.subarray(from * this.width, to * this.width),
      sin: this.#sin.subarray(from * this.width, to * this.width),
    };
  }

  #grow(positions: number): void {
    const known = this.#cos.length / this.width;
    if (positions <= known) return;
    const size = Math.max(positions, 2 * known, 128);
    const cos = new Float32Array(size * this.width);
    const sin = new Float32Array(size * this.width);
    cos.set(this.#cos);
    sin.set(this.#sin);
    for (let position = known; position < size; position++) {
      for (let i = 0; i < this.width; i++) {
        const angle = Math.fround(position * this.#frequencies[i]!);
        cos[position * this.width + i] = Math.cos(angle);
        sin[position * this.width + i] = Math.sin(angle);
      }
    }
    this.#cos = cos;
    this.#sin = sin;
  }
}
