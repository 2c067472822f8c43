import { z } from "@hono/zod-openapi";
import { addSpecialTokens, ChatPrompt, TextPrompt, TokenId } from "./prompt.ts";
import { PromptToken } from "./token.ts";

export const TokenizeRequest = z.strictObject({
  prompt: z.union([TextPrompt, ChatPrompt], { error: "must be a text or {messages: [{role, content}, …]}" }).openapi(
    "TokenizePrompt",
    { description: "A text, or a chat." },
  ),
  add_special_tokens: addSpecialTokens,
}).openapi("TokenizeRequest", {
  description: "A text or chat to be split into tokens.",
  example: { prompt: "Once upon a time" },
});

export const TokenizeResponse = z.object({
  ids: z.array(TokenId).openapi({ description: "The token ids: what `prompt` of a probe takes." }),
  tokens: z.array(PromptToken).openapi({ description: "Each token with its piece and text." }),
}).openapi("TokenizeResponse", { description: "A prompt as the model sees it." });

export const DetokenizeRequest = z.strictObject({
  // Not TokenPrompt, which `?bounds=loaded` narrows: more ids than a prompt may have are still a text.
  ids: z.array(TokenId).min(1).max(1_000_000).openapi({ description: "The token ids, in the order of the text." }),
}).openapi("DetokenizeRequest", { description: "Token ids to be put into text.", example: { ids: [1, 433, 445] } });

export const DetokenizeResponse = z.object({
  text: z.string().openapi({ description: "The text of all ids together, where split characters are whole." }),
  tokens: z.array(PromptToken).openapi({ description: "Each token with its piece and text." }),
}).openapi("DetokenizeResponse", { description: "Token ids as text." });
