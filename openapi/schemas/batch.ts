import { z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import { text } from "../text.ts";
import { ErrorFrame, PingFrame, QueuedFrame } from "./frames.ts";
import { ProbeRequest } from "./probe_request.ts";
import { ProbeResponse, Timing, Usage } from "./probe_response.ts";
import { Prompt } from "./prompt.ts";

/** Prompts of one batch: what a person waits for. More are a job. */
export const MAX_PROMPTS = 64;
const MAX_NAMES = 100;

const { prompt: _, ...question } = ProbeRequest.shape;

export const TemplateValues = z.record(z.string(), text(1_000_000)).refine(
  (values) => Object.keys(values).length <= MAX_NAMES,
  `must have at most ${MAX_NAMES} names`,
).openapi("TemplateValues", {
  description: "What stands for each name of the template, by name.",
  maxProperties: MAX_NAMES,
});

/** Prompts that are asked the same: listed, or a template with values; and what is asked of them. */
export const promptsAskedAlike = (most: number) => ({
  prompts: z.array(Prompt).min(1).max(most).optional().openapi({
    description: "The prompts. Either these, or `template` and `values`.",
  }),
  template: text(1_000_000).min(1).optional().openapi({
    description:
      "A text with names in braces, such as `Question: {question}\\nAnswer:`. `{{` and `}}` are literal braces.",
  }),
  values: z.array(TemplateValues).min(1).max(most).optional().openapi({
    description: "One prompt a row: every name of the template must be in every row.",
  }),
  ...question,
});

export const BatchRequest = z.strictObject(promptsAskedAlike(MAX_PROMPTS)).openapi("BatchRequest", {
  description:
    "Several prompts that are asked the same: the members of ProbeRequest, and prompts in place of `prompt`.",
  example: {
    template: "Once upon a time, there was a {who} named",
    values: [{ who: "little girl" }, { who: "big dog" }],
    layers: [-1],
    top_k: 3,
  },
});
export type BatchRequest = z.infer<typeof BatchRequest>;

const index = z.int().openapi({ description: "Which prompt, from 0, in the order of the request." });
const itemParts = {
  index,
  response: ProbeResponse.optional(),
  problem: Problem.optional(),
};

export const BatchItem = z.object(itemParts).openapi("BatchItem", {
  description:
    "One prompt of a batch: its `response`, or the `problem` that refuses it. The timing is the whole batch's until then.",
});

export const BatchResponse = z.object({
  items: z.array(BatchItem).openapi({ description: "One for each prompt, in the order of the request." }),
  usage: Usage,
  timing: Timing,
}).openapi("BatchResponse", { description: "What was read of each prompt, and what all of them cost." });

export const ItemFrame = z.object({ type: z.literal("item"), ...itemParts }).openapi("ItemFrame", {
  description: "One prompt of a batch, as soon as it is done.",
});

export const BatchEndFrame = z.object({ type: z.literal("end"), usage: Usage, timing: Timing }).openapi(
  "BatchEndFrame",
  {
    description: "All prompts are answered.",
  },
);

export const BatchFrame = z.discriminatedUnion("type", [QueuedFrame, ItemFrame, BatchEndFrame, ErrorFrame, PingFrame])
  .openapi("BatchFrame", {
    description: "One line of a stream. The last one is `end` or `error`: a stream without either was cut.",
  });
