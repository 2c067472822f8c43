import { z } from "@hono/zod-openapi";

export const QuotaName = z.enum(["prompt-tokens", "rows", "requests-in-flight"]).openapi("QuotaName", {
  description: "A bound of a key: prompt tokens and decoded rows a minute, and requests that are not answered yet.",
});

export const QuotaEstimate = z.object({
  name: QuotaName,
  quota: z.int().openapi({ description: "What the key has: in a minute, or at once." }),
  takes: z.int().openapi({ description: "What this request would take of it." }),
  remaining: z.int().openapi({ description: "What is left of it now." }),
}).openapi("QuotaEstimate", { description: "What a request would take of one of the key's quotas." });

export const ProbeEstimate = z.object({
  prompt_tokens: z.int().openapi({ description: "Tokens of the prompt, exactly." }),
  rows: z.int().openapi({ description: "Vectors that would be decoded, exactly: equal ones are decoded once." }),
  response_bytes: z.int().openapi({ description: "Bytes of the JSON answer, within about a third." }),
  estimated_ms: z.number().openapi({
    description:
      "Milliseconds of computing, from what recent requests took; what the prefix cache knows makes it less.",
  }),
  estimate_error: z.union([z.number(), z.null()]).openapi({
    description: "Mean of |estimate − time| / time of recent requests; null before the first was measured.",
  }),
  wait_ms: z.number().openapi({ description: "Milliseconds that it would wait for its turn, as things are now." }),
  quota: z.array(QuotaEstimate).openapi({ description: "The key's quotas; empty where it has none." }),
}).openapi("ProbeEstimate", { description: "What a probe would take, without running it." });
export type ProbeEstimate = z.infer<typeof ProbeEstimate>;
