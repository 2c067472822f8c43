import { z } from "@hono/zod-openapi";
import { text } from "../text.ts";
import { Token } from "./token.ts";

/** Characters of a text that is looked for: longer than any piece worth naming. */
const MAX_QUERY = 64;

export const TokenKind = z.enum(["text", "byte", "special", "unused"]).openapi("TokenKind", {
  description: "What a token is:\n" +
    "- `text`: a piece of text\n" +
    "- `byte`: a byte, or a part of a character; below 128 a byte is a character, too\n" +
    "- `special`: it stands for no text, such as the beginning of a sequence\n" +
    "- `unused`: the model has the id, and its tokenizer no token for it",
});

export const TokenMatch = z.enum(["contains", "prefix", "exact"]).openapi("TokenMatch", {
  description: "What of a token must be as the text that is looked for:\n" +
    "- `contains`: any part of it. The default\n" +
    "- `prefix`: its beginning\n" +
    "- `exact`: all of it, case included",
});

export const VocabularyQuery = z.strictObject({
  q: text(MAX_QUERY).min(1).optional().openapi({
    description:
      "Text to look for. A space in it is one; `▁` and `Ġ` stand for a space, too. The case of letters counts " +
      "where the text has an upper-case one.",
  }),
  match: TokenMatch.optional(),
  ids: z.string().regex(/^[0-9]{1,10}(,[0-9]{1,10}){0,99}$/).optional().openapi({
    description:
      "Up to 100 token ids with commas between them, such as `1,408,269`: these tokens, in this order. It stands " +
      "alone, without the other parameters.",
  }),
  limit: z.int().min(1).max(100).optional().openapi({ description: "Tokens of a page. Default 20." }),
  cursor: z.string().regex(/^[0-9]{1,9}$/).optional().openapi({ description: "`cursor` of an earlier page." }),
});
export type VocabularyQuery = z.infer<typeof VocabularyQuery>;

export const VocabularyToken = z.object({ ...Token.shape, kind: TokenKind }).openapi("VocabularyToken", {
  description: "A token of the vocabulary, and what it is.",
});

export const VocabularyPage = z.object({
  tokens: z.array(VocabularyToken).openapi({ description: "The tokens, best first." }),
  total: z.int().openapi({ description: "How many there are on all pages together." }),
  cursor: z.union([z.string(), z.null()]).openapi({
    description: "Where the next page begins: send it as `cursor`. Null on the last page.",
  }),
}).openapi("VocabularyPage", { description: "A page of tokens." });
export type VocabularyPage = z.infer<typeof VocabularyPage>;
