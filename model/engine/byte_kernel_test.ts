import assert from "node:assert/strict";
import { exactByteKernel } from "./byte_kernel.ts";

Deno.test("exactByteKernel() settles on a product, one thread or two", async () => {
  const one = await exactByteKernel(1);
  assert.ok(["u8s8", "u8u8"].includes(one));
  assert.equal(await exactByteKernel(2), one);
});
