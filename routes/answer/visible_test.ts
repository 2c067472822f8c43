import assert from "node:assert/strict";
import { clipped, displayWidth, padEnd, visible } from "./visible.ts";

Deno.test("visible() shows what a terminal hides", () => {
  assert.equal(visible(" Lily"), "·Lily");
  assert.equal(visible("a\n\tb\r"), "a⏎⇥b␍");
  assert.equal(visible("\u200b\u202e\u00a0\u0007"), "‹200B›‹202E›‹00A0›‹0007›");
  assert.equal(visible("\u0301"), "◌\u0301");
  assert.equal(visible("é小🙂"), "é小🙂");
});

Deno.test("displayWidth() counts columns, not characters", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("小さい"), 6);
  assert.equal(displayWidth("한글"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("🙂"), 2);
  assert.equal(displayWidth("é·⏎…"), 4);
});

Deno.test("clipped() and padEnd() keep to columns", () => {
  assert.equal(clipped("abcdef", 4), "abc…");
  assert.equal(clipped("小小小", 4), "小…");
  assert.equal(clipped("abcd", 4), "abcd");
  assert.equal(padEnd("小", 4), "小  ");
});
