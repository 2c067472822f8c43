import assert from "node:assert/strict";
import { Tensor } from "onnxruntime-node";
import { freeTensor } from "./free_tensor.ts";

Deno.test("freeTensor() leaves nothing of a tensor's values", () => {
  const values = new Float32Array(1000);
  freeTensor(new Tensor("float32", values, [10, 100]));
  assert.equal(values.buffer.byteLength, 0);
  assert.equal(values.length, 0);
});
