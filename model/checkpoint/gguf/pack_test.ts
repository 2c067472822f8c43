import assert from "node:assert/strict";
import { BLOCK_TYPES } from "./block_types.ts";
import { dequantise } from "./dequantise.ts";
import { packBlocks, packedForm } from "./pack.ts";
import { randomBlocks } from "./testdata/random_blocks.ts";

const BLOCKS = 200;

for (const [number, type] of BLOCK_TYPES) {
  const form = packedForm(type);
  if (form === null) continue;
  Deno.test(`packBlocks() keeps every weight of ${type.name}`, () => {
    const bytes = randomBlocks(type, BLOCKS, 11 + number);
    const { codes, scales, mins } = packBlocks(bytes, type);
    const expected = dequantise(bytes, type);
    assert.equal(mins.length, form.mins ? scales.length : 0);
    for (const [i, weight] of expected.entries()) {
      const group = Math.floor(i / form.block);
      const code: number = form.bits === 8 ? codes[i]! : codes[i >> 1]! >> (i & 1) * 4 & 15;
      const scale = scales[group]!;
      const value: number = (code - 2 ** (form.bits - 1)) * scale + (mins[group] ?? -0);
      if (form.mins) {
        // The one rounding: that of the min, which the middle of the codes was added to.
        const rounding = Math.abs(mins[group]!) * 2 ** -24 + Math.abs(weight) * 2 ** -24;
        assert.ok(Math.abs(value - weight) <= rounding, `weight ${i}: ${value}, not ${weight}`);
      } else assert.equal(Math.fround(value), weight, `weight ${i}`);
    }
  });
}
