import assert from "node:assert/strict";
import { belowBase } from "./base_path.ts";

Deno.test("belowBase() takes the base away, and nothing that only looks like it", () => {
  const cases: [string, string, string | null][] = [
    ["", "/probe?x=1", "/probe?x=1"],
    ["/lens", "/lens/probe?x=1", "/probe?x=1"],
    ["/lens", "/lens", ""],
    ["/lens", "/lens?x=1", "?x=1"],
    ["/lens", "/lenses/a", null],
    ["/lens", "/probe", null],
    ["/a/b", "/a/b/livez", "/livez"],
  ];
  for (const [base, target, expected] of cases) assert.equal(belowBase(base, target), expected, `${base} ${target}`);
});
