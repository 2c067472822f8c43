/** Milliseconds of arithmetic after which the thread turns to what else waits for it: liveness, hang-ups. */
const BUSY_MS = 20;

/** Arithmetic on rows of float64 that gives way now and then and stops when the signal aborts. */
export class Float64Rows {
  #last = performance.now();

  constructor(readonly signal: AbortSignal) {}

  /** x [rows, in] · weightᵀ + bias: [rows, out], with weight [out, in] as checkpoints store it. */
  async linear(
    x: Float64Array,
    weight: Float32Array,
    width: { readonly into: number; readonly out: number },
    bias?: Float32Array,
  ): Promise<Float64Array> {
    const { into, out } = width;
    const rows = x.length / into;
    const y = new Float64Array(rows * out);
    for (let column = 0; column < out; column++) {
      const from = column * into;
      for (let row = 0; row < rows; row++) {
        let sum = bias?.[column] ?? 0;
        for (let i = 0, at = row * into; i < into; i++) sum += x[at + i]! * weight[from + i]!;
        y[row * out + column] = sum;
      }
      if (column % 64 === 0) await this.giveWay();
    }
    return y;
  }

  async giveWay(): Promise<void> {
    this.signal.throwIfAborted();
    if (performance.now() - this.#last < BUSY_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}

/** RMSNorm of each row of `gain.length`: x / √(mean(x²) + eps) · gain. */
export function rmsNorm(x: Float64Array, gain: Float32Array, eps: number): Float64Array {
  const width = gain.length;
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += x[at + i]! ** 2;
    const rms = Math.sqrt(squares / width + eps);
    for (let i = 0; i < width; i++) y[at + i] = x[at + i]! / rms * gain[i]!;
  }
  return y;
}

export function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}

/** SiLU(gate) · up, element by element: the inside of SwiGLU (Shazeer 2020, arXiv:2002.05202). */
export function swiglu(gate: Float64Array, up: Float64Array): Float64Array {
  return gate.map((value, i) => value / (1 + Math.exp(-value)) * up[i]!);
}
