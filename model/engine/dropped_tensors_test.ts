import assert from "node:assert/strict";
import { Tensor } from "onnxruntime-node";
import { DroppedTensors } from "./dropped_tensors.ts";

Deno.test("dropped tensors are collected once they are 256 MB", () => {
  let collections = 0;
  const dropped = new DroppedTensors(() => collections++);
  const tensor = new Tensor("float32", new Float32Array(25e6), [25e6]);
  const counts = [1, 2, 3, 4, 5, 6].map(() => {
    dropped.drop(tensor);
    dropped.collect();
    return collections;
  });
  assert.deepEqual(counts, [0, 0, 1, 1, 1, 2]);
});
