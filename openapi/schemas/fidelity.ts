import { z } from "@hono/zod-openapi";
import { SiteName } from "./names.ts";

const figures = {
  positions: z.int().openapi({ description: "Positions compared." }),
  kl: z.number().openapi({ description: "Mean KL to `f32`, Σ p ln(p/q) with p from `f32`, in nats." }),
  top1_agreement: z.number().openapi({ description: "Share of positions with the likeliest token of `f32`, 0 to 1." }),
  mean_rank: z.number().openapi({ description: "Mean rank of the likeliest token of `f32`; 1 is best." }),
};

export const StateFidelity = z.object({
  site: SiteName,
  layer: z.int().openapi({ description: "Block, from 0." }),
  ...figures,
}).openapi("StateFidelity", {
  description: "How far the logit lens of one state is from that of the same state in `f32`.",
});

export const Fidelity = z.object({
  ...figures,
  states: z.array(StateFidelity).openapi({
    description: "The same of every distinct state; `resid_pre` of a later block is the `resid_post` before it.",
  }),
}).openapi("Fidelity", {
  description:
    "What the precision does to the read-outs, measured on a text: of the model's output, and of every state.",
});
export type Fidelity = z.infer<typeof Fidelity>;
