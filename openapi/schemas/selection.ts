import { z } from "@hono/zod-openapi";
import { SiteName } from "./names.ts";

const index = z.int().min(-(2 ** 31)).max(2 ** 31 - 1);

export const LayerIndex = index.openapi("LayerIndex", {
  description: "Index of a block from 0, or from the end: -1 is the last block.",
});

export const PositionIndex = index.openapi("PositionIndex", {
  description: "Index in the prompt from 0, or from the end: -1 is the last token.",
});

export const PositionKeyword = z.enum(["last", "all"]).openapi("PositionKeyword", {
  description: "`last`: the last token of the prompt. `all`: every token.",
});

export const PositionList = z.array(PositionIndex).min(1).max(1_000_000).openapi("PositionList", {
  description: "Positions by index; repeats count once and the answer is in ascending order.",
});

export const Positions = z.union([PositionKeyword, PositionList], {
  error: 'must be "last", "all", or an array of positions',
}).openapi("Positions", { description: "Which positions of the prompt to look at." });

export const sites = z.array(SiteName).min(1).max(64).optional().openapi({
  description: 'Points of the residual stream. Default ["resid_post"].',
});

export const layers = z.array(LayerIndex).min(1).max(4096).optional().openapi({
  description: "Blocks; repeats count once and the answer is in ascending order. Default: all.",
});

export const positions = Positions.optional();
