import assert from "node:assert/strict";
import { ANYBODY, type Caller, may, mayChange, maySee } from "./caller.ts";

const ann: Caller = { id: "ann", role: "upload", quotas: {} };
const admin: Caller = { id: "root", role: "admin", quotas: {} };

Deno.test("may() counts the roles upwards", () => {
  assert.deepEqual(["read", "upload", "admin"].map((role) => may(ann, role as "read")), [true, true, false]);
});

Deno.test("maySee() and mayChange() keep what is another's apart", () => {
  assert.ok(maySee(ann, { owner: "ann", shared: false }));
  assert.ok(!maySee(ann, { owner: "bob", shared: false }));
  assert.ok(maySee(ann, { owner: "bob", shared: true }) && !mayChange(ann, { owner: "bob" }));
  assert.ok(maySee(ann, { owner: null, shared: false }) && !mayChange(ann, { owner: null }));
  assert.ok(maySee(admin, { owner: "bob", shared: false }) && mayChange(admin, { owner: "bob" }));
  assert.ok(mayChange(ANYBODY, { owner: "bob" }) && mayChange(ANYBODY, { owner: null }));
});
