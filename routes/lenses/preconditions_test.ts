import assert from "node:assert/strict";
import { Refusal } from "../../openapi/refusal.ts";
import { checkPreconditions } from "./preconditions.ts";

function verdict(ifMatch: string | undefined, ifNoneMatch: string | undefined, etag: string | null): string {
  try {
    checkPreconditions({ ifMatch, ifNoneMatch }, etag);
    return "ok";
  } catch (error) {
    return (error as Refusal).problem;
  }
}

Deno.test("checkPreconditions() lets a request go on when what is there is as it says", () => {
  assert.equal(verdict(undefined, undefined, null), "ok");
  assert.equal(verdict(undefined, undefined, '"a"'), "ok");
  assert.equal(verdict('"b", "a"', undefined, '"a"'), "ok");
  assert.equal(verdict("*", undefined, '"a"'), "ok");
  assert.equal(verdict(undefined, "*", null), "ok");
  assert.equal(verdict(undefined, '"b"', '"a"'), "ok");
});

Deno.test("checkPreconditions() refuses with 412 when it is not", () => {
  assert.equal(verdict('"b"', undefined, '"a"'), "precondition-failed");
  // If-Match compares strongly (RFC 9110, 13.1.1).
  assert.equal(verdict('W/"a"', undefined, '"a"'), "precondition-failed");
  assert.equal(verdict("*", undefined, null), "precondition-failed");
  assert.equal(verdict('"a"', undefined, null), "precondition-failed");
  assert.equal(verdict(undefined, "*", '"a"'), "precondition-failed");
  assert.equal(verdict(undefined, '"a"', '"a"'), "precondition-failed");
});
