import assert from "node:assert/strict";
import { KeptKey } from "./kept_key.ts";

Deno.test("a key is kept in the storage it is given, and forgotten", () => {
  sessionStorage.clear();
  const kept = new KeptKey(() => sessionStorage);
  assert.equal(kept.secret, null);
  kept.keep("midstream_secret");
  assert.equal(new KeptKey(() => sessionStorage).secret, "midstream_secret");
  kept.keep(null);
  assert.equal(sessionStorage.length, 0);
});

Deno.test("where the browser keeps nothing for a page, no key is kept, and nothing fails", () => {
  const kept = new KeptKey(() => {
    throw new DOMException("access is denied for this document", "SecurityError");
  });
  kept.keep("midstream_secret");
  assert.equal(kept.secret, null);
  const ours = () => {
    throw new TypeError("a mistake of ours");
  };
  assert.throws(() => new KeptKey(ours), TypeError);
});
