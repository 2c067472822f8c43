import { z } from "@hono/zod-openapi";

/** A string that UTF-8 can carry. Lone surrogates pass JSON and z.string(), and no tokenizer takes them. */
export function text(max: number) {
  return z.string().max(max).refine((value) => value.isWellFormed(), {
    error: "has a lone surrogate: half of a UTF-16 pair is not a character",
  });
}
