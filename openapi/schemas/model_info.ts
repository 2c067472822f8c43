import { z } from "@hono/zod-openapi";
import { Fidelity } from "./fidelity.ts";
import { PrecisionName, SiteName, StatisticName } from "./names.ts";

const count = (description: string) => z.int().openapi({ description });
const words = (description: string) => z.string().openapi({ description });

export const SiteInfo = z.object({ name: SiteName, meaning: words("What it is.") }).openapi("SiteInfo", {
  description: "A point of the residual stream that can be read.",
});

export const StatisticInfo = z.object({
  name: StatisticName,
  unit: words("Its unit: nats, probability, rank or flag."),
  nullable: z.boolean().openapi({
    description:
      "Whether it may be null: at the last position of the prompt, or where the lens of `against` has no reading.",
  }),
  description: words("What it says, with its formula."),
}).openapi("StatisticInfo", { description: "A number that can be asked of a cell." });

export const Limits = z.object({
  prompt_tokens: count("Tokens of a prompt: the model's context or --max-tokens, whichever is smaller."),
  prompt_characters: count("Characters of a text; longer ones are refused without being tokenised."),
  top_k: count("Largest top_k."),
  tracked: count("Tokens followed by text, and as many by id."),
  response_bytes: count("Size of an answer of POST /probe. POST /probe/stream has no bound."),
  body_bytes: count("Size of a request's body."),
  lens_bytes: count("Size of a lens file."),
  job_prompts: count("Prompts of a job."),
  queue: count("Requests that may wait for the model; one more is refused with 429."),
  parallel: count("Requests that are worked on at a time."),
  request_timeout_ms: count("Milliseconds until a request is stopped."),
}).openapi("Limits", { description: "What this service takes." });

export const Versions = z.object({
  midstream: words("This service."),
  deno: words("The runtime."),
  onnxruntime: words("What multiplies the matrices."),
}).openapi("Versions", { description: "What computed the numbers." });

export const ModelInfo = z.object({
  id: words("The model's name."),
  digest: words("sha256 of the model's files, the same wherever they lie."),
  architecture: words("Class name in the model's config, such as LlamaForCausalLM."),
  family: words("Model family, such as llama or qwen3."),
  layers: count("Blocks, L."),
  d_model: count("Width of the residual stream."),
  heads: count("Attention heads."),
  kv_heads: count("Heads of keys and values; fewer than `heads` in grouped-query attention."),
  head_dim: count("Width of one head."),
  vocabulary: count("Tokens of the vocabulary."),
  context: count("Positions the model was made for."),
  parameters: count("Weights."),
  precision: PrecisionName,
  fidelity: z.union([Fidelity, z.null()]).openapi({
    description: "How far the precision is from `f32`. Null in `f32`, and where it was not measured: " +
      "`deno task fidelity` measures a model.",
  }),
  source_dtype: words("Number format of the weights as stored, such as F16."),
  tokenizer: z.boolean().openapi({ description: "Whether text is understood; without it only token ids are." }),
  chat_template: z.boolean().openapi({ description: "Whether `messages` are understood." }),
  sites: z.array(SiteInfo).openapi({ description: "Where the residual stream can be read." }),
  statistics: z.array(StatisticInfo).openapi({ description: "What can be asked of a cell." }),
  limits: Limits,
  versions: Versions,
}).openapi("ModelInfo", { description: "The loaded model, and what this service can do with it." });
export type ModelInfo = z.infer<typeof ModelInfo>;
