import assert from "node:assert/strict";
import { ProblemError } from "../../clients/typescript/midstream.ts";
import { secondsUntilAgain, troubleOf } from "./trouble.ts";

Deno.test("what passes is asked again, after the time that the service says or a second; what does not, is not", () => {
  const refused = (status: number, wait?: number) =>
    troubleOf(new ProblemError({ type: "x", title: "X", status, detail: "", instance: "" }, wait));
  const cases: [ReturnType<typeof troubleOf>, number | null][] = [
    [troubleOf(new TypeError("network error")), 1],
    [refused(429, 7), 7],
    [refused(503, 5), 5],
    // The last frame of a stream that a stop of the service ends.
    [refused(503), 1],
    [refused(422), null],
    [refused(401), null],
  ];
  for (const [trouble, seconds] of cases) assert.equal(secondsUntilAgain(trouble), seconds);
});
