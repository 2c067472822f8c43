import { z } from "@hono/zod-openapi";
import { TokenId } from "./prompt.ts";

const piece = z.string().openapi({
  description: "The token as the vocabulary spells it, such as `▁Lily` or `<0xE2>`.",
});
const tokenText = z.string().openapi({
  description:
    "What the token adds to a text. Empty for a special token, and for a byte or part of a character that is no text alone.",
});
const logit = z.number().openapi({ description: "The unnormalised score that lm_head gives the token." });
const logprob = z.number().openapi({
  description: "Natural logarithm of the probability: logit − log-sum-exp over the full vocabulary.",
});
const prob = z.number().openapi({ description: "Probability over the full vocabulary, 0 to 1." });

export const Token = z.object({ id: TokenId, piece, text: tokenText }).openapi("Token", {
  description: "A token of the vocabulary.",
});
export type Token = z.infer<typeof Token>;

export const PromptToken = z.object({
  position: z.int().openapi({ description: "Index in the prompt, from 0." }),
  id: TokenId,
  piece,
  text: tokenText,
}).openapi("PromptToken", { description: "A token of the prompt." });

export const TopToken = z.object({ id: TokenId, piece, text: tokenText, logit, logprob, prob }).openapi(
  "TopToken",
  {
    description: "One of the likeliest tokens of a distribution.",
  },
);

export const TrackedToken = z.object({
  id: TokenId,
  piece,
  text: tokenText,
  rank: z.int().openapi({
    description: "1 + the number of tokens with a strictly greater logit, over the full vocabulary.",
  }),
  logit,
  logprob,
  prob,
}).openapi("TrackedToken", { description: "What a cell says of a token that the request follows." });
