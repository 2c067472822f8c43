import { z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import { NormName } from "./names.ts";
import { LensRef, ModelRef, OutputReadout, Readout, Timing, Usage } from "./probe_response.ts";
import { PromptToken } from "./token.ts";

export const QueuedFrame = z.strictObject({
  type: z.literal("queued"),
  position: z.int().min(1).openapi({ description: "Place in the queue; 1 is next." }),
  wait_ms: z.number().min(0).openapi({ description: "Milliseconds waited so far." }),
}).openapi("QueuedFrame", { description: "The request waits for the model." });

export const StartFrame = z.strictObject({
  type: z.literal("start"),
  model: ModelRef,
  lenses: z.array(LensRef),
  norm: NormName,
  tokens: z.array(PromptToken).openapi({ description: "The prompt as the model sees it." }),
  layers: z.array(z.int().min(0)).openapi({ description: "Blocks that will be read, ascending." }),
  rows: z.int().min(0).openapi({ description: "Readout frames that will follow." }),
  warnings: z.array(z.string()).openapi({ description: "What to mind about the whole answer." }),
}).openapi("StartFrame", { description: "The work begins." });

export const OutputFrame = OutputReadout.extend({ type: z.literal("output") }).openapi("OutputFrame", {
  description: "The model's own distribution at a position; its readouts follow.",
});

export const ReadoutFrame = Readout.extend({ type: z.literal("readout") }).openapi("ReadoutFrame", {
  description: "One cell.",
});

export const EndFrame = z.strictObject({ type: z.literal("end"), usage: Usage, timing: Timing }).openapi("EndFrame", {
  description: "The answer is complete.",
});

export const ErrorFrame = z.strictObject({ type: z.literal("error"), problem: Problem }).openapi("ErrorFrame", {
  description: "The answer ends here, incomplete.",
});

export const PingFrame = z.strictObject({ type: z.literal("ping") }).openapi("PingFrame", {
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
