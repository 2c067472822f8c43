import assert from "node:assert/strict";
import { BenchOptionsError, parseBenchOptions, SECTIONS } from "./options.ts";

Deno.test("parseBenchOptions() measures everything on the demo unless told otherwise", () => {
  const options = parseBenchOptions([]);
  assert.deepEqual(options.models.map(({ name }) => name), ["demo"]);
  assert.deepEqual([...options.sections], [...SECTIONS]);
});

Deno.test("parseBenchOptions() takes models by name and sections by list", () => {
  const options = parseBenchOptions(["--", "--model", "a=/models/a=b", "--model", "c=d", "--only", "cold,memory"]);
  assert.deepEqual(options.models.slice(1), [{ name: "a", folder: "/models/a=b" }, { name: "c", folder: "d" }]);
  assert.deepEqual([...options.sections], ["cold", "memory"]);
});

Deno.test("parseBenchOptions() takes precisions, workloads, and a model's other files by its name", () => {
  const args = [
    "--precisions",
    "q8,q16",
    "--workloads",
    "W4,W1",
    "--bf16",
    "a=/bf16",
    "--corpus",
    "a=/text",
    "--data",
    "d",
  ];
  const options = parseBenchOptions(args);
  assert.deepEqual(options.precisions, ["q16", "q8"]);
  assert.deepEqual(options.workloads, ["W1", "W4"]);
  assert.deepEqual([options.bf16.get("a"), options.corpora.get("a"), options.data], ["/bf16", "/text", "d"]);
});

Deno.test("parseBenchOptions() names the flag that is wrong", () => {
  for (
    const [args, named] of [
      [["--modle", "x"], "--modle"],
      [["--model", "folder"], "--model"],
      [["--only", "sped"], '"sped"'],
      [["--reps", "0"], "--reps"],
      [["--precisions", "f32,q32"], '"q32"'],
      [["--workloads", "W5"], '"W5"'],
      [["--bf16", "folder"], "--bf16"],
      [["--out"], "--out"],
    ] as const
  ) {
    assert.throws(() => parseBenchOptions(args), (error: Error) => {
      assert(error instanceof BenchOptionsError);
      assert(error.message.includes(named), error.message);
      return true;
    });
  }
});
