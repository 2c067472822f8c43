import assert from "node:assert/strict";
import { Calibration } from "./cost.ts";

const near = (found: number, expected: number, within: number) =>
  assert.ok(Math.abs(found - expected) <= within * expected, `${found}, not ${expected}`);

Deno.test("Calibration guesses from the model's size until something was measured", () => {
  const calibration = new Calibration();
  calibration.assume({ parameters: 40e6, unembedding: 40e6 });
  assert.equal(calibration.ms({ tokens: 10, rows: 3 }), 13);
  assert.equal(calibration.error, null);
});

Deno.test("Calibration learns a fixed part, a part by token and a part by row, and how far off it is", () => {
  const calibration = new Calibration();
  const took = ({ tokens, rows }: { tokens: number; rows: number }, noise = 1) => ({
    forwardMs: (20 + 3 * tokens) * noise,
    lensMs: 0.5 * rows * noise,
  });
  for (let i = 0; i < 60; i++) {
    const cost = { tokens: 16 + 40 * (i % 7), rows: 30 * (1 + i % 4) };
    calibration.observe(cost, took(cost, i % 2 ? 1.1 : 0.9));
  }
  near(calibration.ms({ tokens: 500, rows: 100 }), 20 + 1500 + 50, 0.12);
  near(calibration.error!, 0.1, 0.5);
  // Another machine, or a neighbour that came: it follows.
  for (let i = 0; i < 150; i++) {
    const cost = { tokens: 16 + 40 * (i % 7), rows: 30 };
    calibration.observe(cost, took(cost, 2));
  }
  near(calibration.ms({ tokens: 200, rows: 0 }), 2 * 620, 0.1);
});

Deno.test("Calibration of prompts of one length says what that length takes, and more for a longer one", () => {
  const calibration = new Calibration();
  for (let i = 0; i < 5; i++) calibration.observe({ tokens: 16, rows: 10 }, { forwardMs: 32, lensMs: 10 });
  near(calibration.ms({ tokens: 16, rows: 10 }), 42, 0.01);
  assert.ok(calibration.ms({ tokens: 160, rows: 10 }) > 200);
});
