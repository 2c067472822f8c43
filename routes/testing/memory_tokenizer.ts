import { type Token, type Tokenizer, TokenizerError } from "../../model/tokenizer.ts";
import { trackLookup } from "../../model/tokenizer_track.ts";

/** Pieces that answers must show as what they are; the rest of the 48 are single letters and digits. */
const PIECES = [
  "<unk>",
  "<s>",
  "</s>",
  "<0x0A>",
  "<0xE2>",
  "▁Once",
  "▁upon",
  "▁a",
  "▁time",
  "▁Lily",
  ",",
  '"',
  "小",
  "▁▁▁▁",
  "\u0301",
  "\u200b",
];
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz.!?012"];

const TOKENS: readonly Token[] = [...PIECES, ...LETTERS].map((piece, id) => ({ id, piece, text: textOf(id, piece) }));

function textOf(id: number, piece: string): string {
  if (id === 3) return "\n";
  return id < 5 ? "" : piece.replaceAll("▁", " ");
}

/** A tokenizer of 48 tokens: greedy, <unk> for what it does not know. */
export function memoryTokenizer(): Tokenizer {
  const encode = (text: string, addSpecialTokens: boolean): number[] => {
    const ids = addSpecialTokens ? [1] : [];
    for (let at = 0; at < text.length;) {
      const found = TOKENS.filter((token) => token.text !== "" && text.startsWith(token.text, at))
        .sort((a, b) => b.text.length - a.text.length)[0];
      ids.push(found?.id ?? 0);
      at += found?.text.length ?? 1;
    }
    return ids;
  };
  const token = (id: number) => TOKENS[id]!;
  return {
    hasChatTemplate: true,
    encode,
    encodeMessages(messages) {
      if (messages[0]?.role === "assistant") {
        throw new TokenizerError("the chat template refuses: a chat begins with the user");
      }
      return encode(messages.map(({ content }) => content).join("\n"), true);
    },
    decode: (ids) => ids.map((id) => token(id).text).join(""),
    token,
    find: trackLookup({ vocabulary: TOKENS.length, unknownId: 0, token, encode: (text) => encode(text, false) }),
    characterLimit: (tokens) => tokens * 10,
  };
}
