import { z } from "@hono/zod-openapi";
import { addSpecialTokens, Prompt } from "./prompt.ts";
import { layers, positions, sites } from "./selection.ts";

export const ActivationDtype = z.enum(["float32", "float16"]).openapi("ActivationDtype", {
  description:
    "Number format of the tensors. The states are computed in float32; float16 halves the file. Default `float32`.",
});

export const ActivationsRequest = z.strictObject({
  prompt: Prompt,
  add_special_tokens: addSpecialTokens,
  sites,
  layers,
  positions,
  dtype: ActivationDtype.optional(),
  logits: z.boolean().optional().openapi({ description: "Whether to add the model's logits. Default false." }),
}).openapi("ActivationsRequest", {
  description: "A prompt, and which residual states to return as a safetensors file.",
  example: { prompt: "Once upon a time", sites: ["resid_post"], layers: [-1], positions: "all" },
});
export type ActivationsRequest = z.infer<typeof ActivationsRequest>;
