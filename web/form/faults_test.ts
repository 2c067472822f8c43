import assert from "node:assert/strict";
import { faultsByMember } from "./faults.ts";

Deno.test("what a refusal says stands beside the control that gave the member, whatever else is wrong", () => {
  const fault = (pointer: string, detail: string) => ({ in: "body" as const, pointer, detail });
  const errors = [
    fault("/lenses/0", "a"),
    fault("/lenses/1", "b"),
    fault("/against", "b"),
    fault("/prompt", "c"),
    fault("/prompt", "d"),
    fault("/toString", "e"),
    fault("", "f"),
  ];
  const problem = { type: "", title: "", status: 422, detail: "", instance: "", errors };
  assert.deepEqual(faultsByMember(problem), { lens: "a", against: "b", prompt: "c; d" });
  assert.deepEqual(faultsByMember(null), {});
});
