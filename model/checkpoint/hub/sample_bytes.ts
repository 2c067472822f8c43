/** Bytes without a pattern that a mistake in offsets could hide behind; the same for one seed. Tests only. */
export function sampleBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator; its high bits are the good ones.
    bytes[at] = state >>> 24;
  }
  return bytes;
}
