import fc from "fast-check";
import { SITES } from "../../lens/sites.ts";
import { STATISTICS } from "../../lens/statistics.ts";

/** A request as it would be right, before it is spoiled. */
export interface ValidRequest {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

const prompt = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 }),
  fc.record({
    messages: fc.array(
      fc.record({ role: fc.constantFrom("system", "user", "assistant"), content: fc.string({ maxLength: 12 }) }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);
const selection = {
  prompt,
  add_special_tokens: fc.boolean(),
  sites: fc.subarray([...SITES], { minLength: 1 }),
  layers: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 3 }),
  positions: fc.oneof(
    fc.constantFrom("last", "all"),
    fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 3 }),
  ),
};
const required = { requiredKeys: ["prompt" as const] };

const question = {
  lenses: fc.constantFrom(["logit"], ["logit"], ["logit"], ["logit", "logit"], ["nobody"]),
  top_k: fc.integer({ min: 0, max: 12 }),
  track: fc.array(fc.constantFrom(" a", "a", " Lily", "the whole of it"), { maxLength: 2 }),
  track_ids: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 }),
  statistics: fc.subarray(STATISTICS.map(({ name }) => name)),
  norm: fc.constantFrom("own", "final"),
  against: fc.constantFrom("logit", "logit", "nobody"),
  cache: fc.boolean(),
};
const probe = fc.record({ ...selection, ...question }, required);
const { prompt: _, ...several } = selection;
const batch = fc.oneof(
  fc.record({ ...several, ...question, prompts: fc.array(prompt, { minLength: 1, maxLength: 3 }) }, {
    requiredKeys: ["prompts"],
  }),
  fc.record({
    ...several,
    ...question,
    template: fc.constantFrom("{a} and {b}", "{{no}} {a}", "{"),
    values: fc.array(fc.record({ a: fc.string({ maxLength: 5 }), b: fc.string({ maxLength: 5 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  }, { requiredKeys: ["template", "values"] }),
);
const activations = fc.record(
  { ...selection, dtype: fc.constantFrom("float32", "float16"), logits: fc.boolean() },
  required,
);
const tokenize = fc.record({ prompt, add_special_tokens: fc.boolean() }, required);
const detokenize = fc.record({ ids: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 }) });

const at = (path: string, body: fc.Arbitrary<object>) => body.map((it): ValidRequest => ({ path, body: { ...it } }));

/** Requests that the schemas accept; the service accepts most of them. */
export const validRequest: fc.Arbitrary<ValidRequest> = fc.oneof(
  { weight: 5, arbitrary: at("/probe", probe) },
  { weight: 2, arbitrary: at("/probe/stream", probe) },
  { weight: 2, arbitrary: at("/probe/batch", batch) },
  { weight: 1, arbitrary: at("/probe/batch/stream", batch) },
  { weight: 1, arbitrary: at("/activations", activations) },
  { weight: 1, arbitrary: at("/tokenize", tokenize) },
  { weight: 1, arbitrary: at("/detokenize", detokenize) },
);
