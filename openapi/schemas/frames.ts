import { z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import { NormName } from "./names.ts";
import { LensRef, ModelRef, OutputReadout, Readout, Timing, Usage } from "./probe_response.ts";
import { PromptToken } from "./token.ts";

export const QueuedFrame = z.object({
  type: z.literal("queued"),
  position: z.int().openapi({
    description: "Place in the queue; 1 is next. Keys take turns, so others may still come before it.",
  }),
  wait_ms: z.number().openapi({
    description: "Milliseconds until its turn, as far as can be told from what others took.",
  }),
}).openapi("QueuedFrame", { description: "The request waits for the model." });

export const StartFrame = z.object({
  type: z.literal("start"),
  model: ModelRef,
  lenses: z.array(LensRef).openapi({ description: "The lenses, in the order asked for." }),
  norm: NormName,
  tokens: z.array(PromptToken).openapi({ description: "The prompt as the model sees it." }),
  layers: z.array(z.int()).openapi({ description: "Blocks that will be read, ascending." }),
  rows: z.int().openapi({ description: "Readout frames that will follow." }),
  warnings: z.array(z.string()).openapi({ description: "What to mind about the whole answer." }),
}).openapi("StartFrame", { description: "The work begins." });

// Not `.extend()`: that would write allOf of two objects, and lose the discriminator for some generators.
export const OutputFrame = z.object({ type: z.literal("output"), ...OutputReadout.shape }).openapi("OutputFrame", {
  description: "The model's own distribution at a position; its readouts follow.",
});

export const ReadoutFrame = z.object({ type: z.literal("readout"), ...Readout.shape }).openapi("ReadoutFrame", {
  description: "One cell.",
});

export const EndFrame = z.object({ type: z.literal("end"), usage: Usage, timing: Timing }).openapi("EndFrame", {
  description: "The answer is complete.",
});

export const ErrorFrame = z.object({ type: z.literal("error"), problem: Problem }).openapi("ErrorFrame", {
  description: "The answer ends here, incomplete.",
});

export const PingFrame = z.object({ type: z.literal("ping") }).openapi("PingFrame", {
  description: "Nothing new for ten seconds; the work goes on.",
});

export const ProbeFrame = z.discriminatedUnion("type", [
  QueuedFrame,
  StartFrame,
  OutputFrame,
  ReadoutFrame,
  EndFrame,
  ErrorFrame,
  PingFrame,
]).openapi("ProbeFrame", {
  description: "One line of a stream. The last one is `end` or `error`: a stream without either was cut.",
});
