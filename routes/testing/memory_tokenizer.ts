import { type Token, type Tokenizer, TokenizerError, type TokenKind } from "../../model/tokenizer.ts";
import { tokenSearch } from "../../model/tokenizer_search.ts";
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

const kind = (id: number): TokenKind => id < 3 ? "special" : id < 5 ? "byte" : "text";

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
    kind,
    search: tokenSearch({ vocabulary: TOKENS.length, token, kind }),
    find: trackLookup({ vocabulary: TOKENS.length, unknownId: 0, token, encode: (text) => encode(text, false) }),
    characterLimit: (tokens) => tokens * 10,
  };
}
