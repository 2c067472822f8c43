import { z } from "@hono/zod-openapi";
import { text } from "../text.ts";

/** Largest id a client must be able to write; the loaded model's vocabulary is smaller and checked later. */
const MAX_TOKEN_ID = 2 ** 31 - 1;
/** Characters of a text that are looked at at all; the model's context is the real bound. */
const MAX_CHARACTERS = 4_000_000;

export const TokenId = z.int().min(0).max(MAX_TOKEN_ID).openapi("TokenId", {
  description: "Index of a token in the model's vocabulary.",
});

export const ChatMessage = z.strictObject({
  role: text(64).min(1).openapi({
    description: "Who speaks, as the model's chat template knows it: system, user, assistant…",
  }),
  content: text(MAX_CHARACTERS).openapi({ description: "What is said." }),
}).openapi("ChatMessage", { description: "One message of a chat." });

export const ChatPrompt = z.strictObject({
  messages: z.array(ChatMessage).min(1).max(10_000).openapi({ description: "The messages, oldest first." }),
}).openapi("ChatPrompt", {
  description: "A chat: put through the model's chat template, with the prompt for the assistant's answer at its end.",
});

export const TextPrompt = text(MAX_CHARACTERS).openapi("TextPrompt", {
  description: "A text, tokenised as it is.",
});

export const TokenPrompt = z.array(TokenId).min(1).max(1_000_000).openapi("TokenPrompt", {
  description: "Token ids, taken verbatim: nothing is added.",
});

export const Prompt = z.union([TextPrompt, TokenPrompt, ChatPrompt], {
  error: "must be a text, an array of token ids, or {messages: [{role, content}, …]}",
}).openapi("Prompt", { description: "What the model reads: a text, token ids, or a chat." });
export type Prompt = z.infer<typeof Prompt>;

export const addSpecialTokens = z.boolean().optional().openapi({
  description: "Whether a text gets the model's special tokens, such as the beginning-of-sequence token. Default true.",
});
