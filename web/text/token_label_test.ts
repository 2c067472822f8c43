import assert from "node:assert/strict";
import { tokenLabel } from "./token_label.ts";

Deno.test("a token shows its text, or its piece where the text shows nothing, or its id", () => {
  const cases: [text: string, piece: string, id: number | null, label: string][] = [
    [" Paris", "▁Paris", 1, "·Paris"],
    ["\n\t\r", "x", 1, "⏎⇥␍"],
    ["", "<s>", 1, "<s>"],
    ["\0", "<0x00>", 3, "<0x00>"],
    ["\u200d", "\u200d", 7, "#7"],
    ["", "", 9, "#9"],
    ["", "", null, "#?"],
    ["👩\u200d🔬", "x", 1, "👩\u200d🔬"],
  ];
  for (const [text, piece, id, label] of cases) assert.equal(tokenLabel({ text, piece, id }), label);
});
