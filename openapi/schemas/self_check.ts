import { z } from "@hono/zod-openapi";
import { LensId, LensKind } from "./names.ts";
import { ModelRef } from "./probe_response.ts";

export const CheckVerdict = z.enum(["pass", "fail", "skipped"]).openapi("CheckVerdict", {
  description: "`skipped` checks could not be made; `reason` says why.",
});

export const CheckUnit = z.enum(["nats", "relative"]).openapi("CheckUnit", {
  description:
    "`nats`: a difference of log-probabilities. `relative`: a difference as a part of the values' magnitude.",
});

export const InvariantCheck = z.object({
  name: z.string().openapi({ description: "The check's name." }),
  description: z.string().openapi({ description: "What must hold." }),
  unit: CheckUnit,
  figure: z.union([z.number(), z.null()]).openapi({
    description: "The worst difference found. Null where the check was skipped, or what was found is no number.",
  }),
  bound: z.number().openapi({ description: "The largest figure that passes." }),
  verdict: CheckVerdict,
  reason: z.union([z.string(), z.null()]).openapi({ description: "Why it was skipped. Null where it was not." }),
}).openapi("InvariantCheck", { description: "One invariant, on the loaded model." });

export const LensVerdict = z.enum(["right", "shifted", "undecided", "skipped"]).openapi("LensVerdict", {
  description: "Which translator of a tuned lens fits the output of block l:\n" +
    "- `right`: l+1, as this service reads it. For a Jacobian lens: it is closer to the output than the logit lens\n" +
    "- `shifted`: l: the file was made with another convention, and is read one layer off\n" +
    "- `undecided`: neither clearly, as in an untrained lens\n" +
    "- `skipped`: it was not looked at; `detail` says why",
});

const ofEachLayer = (what: string) =>
  z.array(z.number()).openapi({ description: `Mean KL(model‖lens) of each of \`layers\`, in nats, ${what}.` });

export const LensDivergence = z.object({
  lens: ofEachLayer("as this service reads it"),
  shifted: z.union([ofEachLayer("with the translator of the block's own number"), z.null()]).openapi({
    description: "The same with the mistaken index. Null for a Jacobian lens.",
  }),
  logit: ofEachLayer("of the logit lens"),
}).openapi("LensDivergence", { description: "How far a lens is from the model's output, by translator." });

export const LensCheck = z.object({
  id: LensId,
  kind: LensKind,
  verdict: LensVerdict,
  detail: z.string().openapi({ description: "The verdict in a sentence, with its figures." }),
  layers: z.array(z.int()).openapi({ description: "Blocks whose output was read." }),
  kl: LensDivergence,
}).openapi("LensCheck", { description: "Whether a lens is read at the layers that it was made for." });

export const SelfCheck = z.object({
  model: ModelRef,
  passed: z.boolean().openapi({ description: "Whether no invariant failed. Verdicts on lenses do not count." }),
  tokens: z.int().openapi({ description: "Tokens of the text that was read." }),
  elapsed_ms: z.int().openapi({ description: "Milliseconds it took." }),
  invariants: z.array(InvariantCheck).openapi({ description: "Every invariant." }),
  lenses: z.array(LensCheck).openapi({ description: "Every registered lens." }),
}).openapi("SelfCheck", { description: "What the service found out about itself." });
export type SelfCheck = z.infer<typeof SelfCheck>;
