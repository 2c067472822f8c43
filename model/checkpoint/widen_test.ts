import assert from "node:assert/strict";
import fc from "fast-check";
import { widen } from "./widen.ts";

/** binary16 by its definition (IEEE 754-2019, 3.4): sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

Deno.test("widen() is exact for every float16", () => {
  const wide = widen(new Uint8Array(ALL.buffer), "F16");
  for (const bits of ALL) assert.ok(Object.is(wide[bits], half(bits)), `0x${bits.toString(16)}: ${wide[bits]}`);
});

Deno.test("widen() keeps a bfloat16's bits as the upper half of a float32", () => {
  const wide = widen(new Uint8Array(ALL.buffer), "BF16");
  assert.deepEqual(new Uint32Array(wide.buffer), Uint32Array.from(ALL, (bits) => bits * 65536));
  assert.equal(wide[0x3f80], 1);
  assert.equal(wide[0xc040], -3);
});

Deno.test("widen() reads float32 at any alignment, and refuses a part of a value", () => {
  fc.assert(fc.property(fc.float32Array({ noNaN: true }), fc.nat(7), (values, shift) => {
    const bytes = new Uint8Array(shift + values.byteLength);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), shift);
    assert.deepEqual([...widen(bytes.subarray(shift), "F32")], [...values]);
  }));
  assert.throws(() => widen(new Uint8Array(6), "F32"), RangeError);
  assert.throws(() => widen(new Uint8Array(3), "BF16"), RangeError);
});
