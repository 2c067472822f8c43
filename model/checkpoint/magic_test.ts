import assert from "node:assert/strict";
import { describeForeign } from "./magic.ts";

const GOLDEN = new URL("../../tests/golden/badfiles/", import.meta.url);

Deno.test("describeForeign() names what a failed download or an old torch leaves behind", async () => {
  for (
    const [file, wanted] of [
      ["pt-empty.pt", /empty/],
      ["pt-html-page.pt", /HTML/],
      ["pt-lfs-pointer.pt", /Git LFS/],
      ["pt-legacy-torch.pt", /legacy/],
    ] as const
  ) {
    assert.match(describeForeign(await Deno.readFile(new URL(file, GOLDEN))) ?? "", wanted, file);
  }
  assert.match(describeForeign(Uint8Array.of(0x1f, 0x8b, 8, 0)) ?? "", /gzip/);
  const html = (text: string) => describeForeign(new TextEncoder().encode(text)) ?? "";
  assert.match(html("\n  <!-- sign in --> <HTML lang=en>"), /HTML/);
  assert.match(html("\ufeff<!DOCTYPE html>"), /HTML/);
});

Deno.test("describeForeign() says nothing about the files that it stands before", async () => {
  for (const file of ["pt-ok-torch.pt", "st-lens-ok.safetensors", "config-ok.json", "gguf-ok-f32.gguf"]) {
    assert.equal(describeForeign(await Deno.readFile(new URL(file, GOLDEN))), null, file);
  }
  assert.equal(describeForeign(new TextEncoder().encode("<htmlish>")), null);
});
