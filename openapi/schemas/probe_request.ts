import { z } from "@hono/zod-openapi";
import { STATISTICS } from "../../lens/statistics.ts";
import { text } from "../text.ts";
import { AgainstId, LensId, NormName, StatisticName } from "./names.ts";
import { addSpecialTokens, Prompt, TokenId } from "./prompt.ts";
import { layers, positions, sites } from "./selection.ts";

export const MAX_TOP_K = 100;
/** Tokens followed in every cell, by text and by id each: the head gathers one column for each. */
export const MAX_TRACKED = 128;
/** Entries of a list of names: more than there are names can only be repeats. */
const MAX_NAMES = 64;

export const DEFAULT_STATISTICS = [
  "entropy",
  "kl_output_lens",
  "output_rank",
] as const satisfies readonly StatisticName[];
type StatisticName = (typeof STATISTICS)[number]["name"];

export const ProbeRequest = z.strictObject({
  prompt: Prompt,
  add_special_tokens: addSpecialTokens,
  lenses: z.array(LensId).min(1).max(MAX_NAMES).optional().openapi({
    description: 'Lenses to read through, in the order of the answer. Default ["logit"].',
  }),
  sites,
  layers,
  positions,
  top_k: z.int().min(0).max(MAX_TOP_K).optional().openapi({
    description: "How many of the likeliest tokens to list in each cell. Default 10.",
  }),
  track: z.array(text(1000).min(1)).max(MAX_TRACKED).optional().openapi({
    description:
      "Tokens to follow in every cell: rank and probability over the full vocabulary. A text is the token whose piece or " +
      "text it equals, otherwise what the tokenizer makes of it if that is one token. Default none.",
  }),
  track_ids: z.array(TokenId).max(MAX_TRACKED).optional().openapi({
    description: "Tokens to follow in every cell, by id. Default none.",
  }),
  statistics: z.array(StatisticName).max(MAX_NAMES).optional().openapi({
    description: `Numbers to compute in every cell. Default ${JSON.stringify(DEFAULT_STATISTICS)}.`,
  }),
  against: AgainstId.optional(),
  norm: NormName.optional(),
  cache: z.boolean().optional().openapi({
    description:
      "Whether what is known of the prompt's beginning from earlier requests may be used, and what is computed of " +
      "this one may be kept. It changes no number beyond the tolerance. Default true.",
  }),
}).openapi("ProbeRequest", {
  description: "A prompt, and which cells of its residual stream to decode. Only `prompt` is required.",
  example: {
    prompt: "Once upon a time, there was a little girl named",
    sites: ["resid_post"],
    layers: [0, 3, -1],
    top_k: 3,
    track: [" Lily"],
  },
});
export type ProbeRequest = z.infer<typeof ProbeRequest>;
