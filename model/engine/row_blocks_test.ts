import assert from "node:assert/strict";
import fc from "fast-check";
import type { DecodedRows } from "./engine.ts";
import { joinRows, rowBlocks, rowsOf } from "./row_blocks.ts";

/** A decoding in which every value says which position and row it belongs to. */
function decoded(positions: readonly number[], rows: readonly number[], width: number): DecodedRows {
  const marks = positions.flatMap((position) => rows.map((row) => position * 1000 + row));
  const wide = marks.flatMap((mark) => Array(width).fill(mark));
  return {
    count: marks.length,
    topIds: Int32Array.from(wide),
    topLogits: Float32Array.from(wide),
    logSumExp: Float32Array.from(marks),
    entropy: Float32Array.from(marks),
    trackedLogits: new Float32Array(0),
    trackedRanks: new Int32Array(0),
    statistics: [Float32Array.from(marks)],
  };
}

Deno.test("rowBlocks() covers every row of every position once and in order, each beside the one it is compared with", () => {
  const sizes = fc.record({
    positions: fc.integer({ min: 1, max: 20 }),
    against: fc.array(fc.option(fc.nat(39)), { minLength: 1, maxLength: 40 }),
    target: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(fc.property(sizes, ({ positions, against: drawn, target }) => {
    const rows = drawn.length;
    const against = drawn.map((row, at) => at === 0 || row === null ? null : row % rows);
    const answers: DecodedRows[] = [];
    let pieces: DecodedRows[] = [];
    for (const block of rowBlocks(positions, against, target)) {
      assert.equal(block.rows[0], 0, "the output row comes along");
      assert.equal(new Set(block.rows).size, block.rows.length);
      for (const row of block.rows.slice(0, block.answered)) assert.ok(block.rows.includes(against[row] ?? 0));
      assert.ok((block.to - block.from) * block.rows.length <= Math.max(target, 3));
      const range = Array.from({ length: block.to - block.from }, (_, i) => block.from + i);
      const run = decoded(range, block.rows, 3);
      for (const index of range.keys()) {
        const first = index * block.rows.length;
        pieces.push(rowsOf(run, first, first + block.answered));
        if (!block.last) continue;
        answers.push(joinRows(pieces));
        pieces = [];
      }
    }
    const expected = Array.from({ length: positions }, (_, position) => position).map((position) =>
      Array.from({ length: rows }, (_, row) => position * 1000 + row)
    );
    assert.deepEqual(answers.map((answer) => [...answer.logSumExp]), expected);
    assert.deepEqual(answers.map((answer) => [...answer.statistics[0]!]), expected);
    assert.deepEqual(answers.map((a) => [...a.topIds]), expected.map((m) => m.flatMap((v) => [v, v, v])));
  }));
});
