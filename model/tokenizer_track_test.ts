import assert from "node:assert/strict";
import type { Token } from "./tokenizer.ts";
import { trackLookup } from "./tokenizer_track.ts";

/** Nine tokens; the tokenizer puts ▁ in front and spells what it has no word for. */
const TOKENS: Token[] = [
  { id: 0, piece: "<unk>", text: "" },
  { id: 1, piece: "<0x61>", text: "a" },
  { id: 2, piece: "a", text: "a" },
  { id: 3, piece: "▁cat", text: " cat" },
  { id: 4, piece: "▁", text: " " },
  { id: 5, piece: "b", text: "b" },
  { id: 6, piece: "<0x0A>", text: "\n" },
  { id: 7, piece: "▁b", text: " b" },
  { id: 8, piece: "<0xE7>", text: "" },
];

function encode(text: string): number[] {
  const whole = TOKENS.find(({ piece }) => piece === "▁" + text.replaceAll(" ", "▁"));
  if (whole !== undefined) return [whole.id];
  if (text === "é") return [0];
  return [4, ...[...text].map((c) => TOKENS.findLast((token) => token.text === c)?.id ?? 0)];
}

const find = trackLookup({ vocabulary: 9, unknownId: 0, token: (id) => TOKENS[id] as Token, encode });

Deno.test("trackLookup() takes the token whose piece or text it is", () => {
  assert.deepEqual(find(" cat"), { id: 3 });
  assert.deepEqual(find("▁cat"), { id: 3 });
  assert.deepEqual(find("\n"), { id: 6 });
  assert.deepEqual(find("<0xE7>"), { id: 8 });
  assert.deepEqual(find("<unk>"), { id: 0 });
});

Deno.test("trackLookup() takes the lowest id of several and names the others", () => {
  const found = find("a");
  assert("id" in found);
  assert.equal(found.id, 1);
  assert.match(found.warning ?? "", /2 tokens.*lowest id 1 \("<0x61>"\).*2 \("a"\).*track_ids/);
});

Deno.test("trackLookup() else takes the one token the tokenizer makes of it", () => {
  assert.deepEqual(find("cat"), { id: 3 });
});

Deno.test("trackLookup() refuses what is several tokens, showing both splits", () => {
  assert.deepEqual(find("ab"), {
    refusal: '"ab" is not one token: it splits into "▁" "a" "b", with a leading space into "▁" "▁" "a" "b"',
  });
});

Deno.test("trackLookup() refuses an unknown character and the empty string", () => {
  assert("refusal" in find("é"));
  assert.deepEqual(find(""), { refusal: "the empty string is no token" });
});
