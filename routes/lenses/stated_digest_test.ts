import assert from "node:assert/strict";
import { statedDigest } from "./stated_digest.ts";

/** sha256 of "hello", as in RFC 9530's manner. */
const HEX = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const HEADER = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";

const read = (header?: string, query?: string) => {
  const stated = statedDigest(header, query);
  return "fault" in stated ? stated.fault.name : stated.sha256;
};

Deno.test("statedDigest() takes sha256 from Repr-Digest, from the query, or from both where they agree", () => {
  assert.equal(read(), null);
  assert.equal(read(HEADER), HEX);
  assert.equal(read(`sha-512=:AAAA:, ${HEADER}`), HEX);
  assert.equal(read(undefined, HEX.toUpperCase()), HEX);
  assert.equal(read(HEADER, HEX), HEX);
  assert.equal(read("sha-512=:AAAA:"), null);
});

Deno.test("statedDigest() refuses one that is none, and two that differ", () => {
  assert.equal(read("sha-256=abc"), "Repr-Digest");
  assert.equal(read("sha-256"), "Repr-Digest");
  assert.equal(read(undefined, "abc"), "sha256");
  assert.equal(read(HEADER, "0".repeat(64)), "sha256");
});
