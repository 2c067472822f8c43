import { z } from "@hono/zod-openapi";
import { type Statistic, STATISTICS } from "../../lens/statistics.ts";
import { ModelMatch } from "./lens.ts";
import { LensId, LensKind, NormName, PrecisionName, SiteName } from "./names.ts";
import { PromptToken, TopToken, TrackedToken } from "./token.ts";

const milliseconds = (what: string) => z.number().openapi({ description: `Milliseconds ${what}.` });
const count = (what: string) => z.int().openapi({ description: what });

export const ModelRef = z.object({
  id: z.string().openapi({ description: "The model's name." }),
  digest: z.string().openapi({ description: "sha256 of the model's files, the same wherever they lie." }),
  precision: PrecisionName,
}).openapi("ModelRef", { description: "The model that answered." });

export const LensRef = z.object({
  id: LensId,
  kind: LensKind,
  sha256: z.string().optional().openapi({ description: "sha256 of its file. The logit lens has none." }),
  model_match: ModelMatch.optional(),
}).openapi("LensRef", { description: "A lens that was read through." });

export const OutputReadout = z.object({
  position: z.int().openapi({ description: "Index in the prompt." }),
  top: z.array(TopToken).openapi({ description: "The likeliest next tokens, likeliest first." }),
  entropy: z.number().openapi({ description: "Entropy of the distribution, in nats." }),
}).openapi("OutputReadout", { description: "The model's own distribution of the next token at one position." });

/** The member of a readout that a row of the table makes. */
function statisticMember(row: Statistic) {
  const value = { number: z.number(), integer: z.int(), boolean: z.boolean() }[row.type];
  return (row.needsNextToken || row.needsAgainst ? z.union([value, z.null()]) : value).optional().openapi({
    description: `${row.description} Unit: ${row.unit}. ${
      row.needsAgainst ? "Present with `against`." : "Present when asked for."
    }`,
  });
}

export const Readout = z.object({
  position: z.int().openapi({ description: "Index in the prompt." }),
  lens: LensId,
  site: SiteName,
  layer: z.int().openapi({ description: "Index of the block." }),
  top: z.array(TopToken).openapi({ description: "The likeliest tokens, likeliest first." }),
  tracked: z.array(TrackedToken).openapi({ description: "The followed tokens, in the order of the request." }),
  ...Object.fromEntries(STATISTICS.map((row) => [row.name, statisticMember(row)])),
  warnings: z.array(z.string()).openapi({ description: "What to mind when reading this cell." }),
}).openapi("Readout", { description: "One cell: what one lens reads at one site of one block at one position." });

export const Usage = z.object({
  prompt_tokens: count("Tokens of the prompt."),
  cached_tokens: count("Tokens of the prompt whose states were remembered from an earlier request."),
  rows: count("Vectors that were decoded. Equal vectors are decoded once, so this may be fewer than the cells."),
}).openapi("Usage", { description: "What the request cost." });

export const Timing = z.object({
  queue_ms: milliseconds("of waiting for the model"),
  tokenize_ms: milliseconds("in the tokenizer"),
  forward_ms: milliseconds("in the model's blocks"),
  lens_ms: milliseconds("in decoding"),
}).openapi("Timing", { description: "Where the time went." });

export const ProbeResponse = z.object({
  model: ModelRef,
  lenses: z.array(LensRef).openapi({ description: "The lenses, in the order asked for." }),
  norm: NormName,
  tokens: z.array(PromptToken).openapi({ description: "The prompt as the model saw it." }),
  output: z.array(OutputReadout).openapi({ description: "The model's own distribution at each position asked for." }),
  readouts: z.array(Readout).openapi({ description: "The cells, ordered by position, lens, site, layer." }),
  warnings: z.array(z.string()).openapi({ description: "What to mind about the whole answer." }),
  usage: Usage,
  timing: Timing,
}).openapi("ProbeResponse", { description: "What the model was about to say in every cell asked for." });
