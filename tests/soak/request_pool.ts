import { SITES } from "../../lens/sites.ts";
import { STATISTICS } from "../../lens/statistics.ts";
import { SeededRandom } from "../crash/seeded_random.ts";
import type { Body, Form, SoakRequest } from "./soak_request.ts";

/** What the pool may ask of a model. */
export interface PoolBounds {
  readonly vocabulary: number;
  readonly layers: number;
  /** Longest prompt in tokens. */
  readonly longest: number;
  /** Ids of lenses that translate; may be none. */
  readonly lenses: readonly string[];
}

/** Rows of an answer, about: decoding costs more than the model. */
const MOST_ROWS = 400;
/** Beginnings that prompts have in common, so that the prefix cache has hits of every length. */
const STEMS = 6;
/** Prompts of a batch. */
const MOST_PROMPTS = 6;
const FORMS: readonly Form[] = [
  ...["json", "json", "json", "csv", "csv", "ndjson", "ndjson"] as const,
  ...["batch", "batch-ndjson", "safetensors"] as const,
];

/** Requests of all shapes, prompts of 1 to `longest` tokens, the same for the same seed. */
export function requestPool(count: number, seed: number, bounds: PoolBounds): SoakRequest[] {
  const random = new SeededRandom(seed);
  const ids = (length: number) => Array.from({ length }, () => 3 + random.below(bounds.vocabulary - 3));
  const stems = Array.from({ length: STEMS }, () => ids(bounds.longest));
  const prompt = (length: number) => {
    const own = random.below(Math.min(length, 32) + 1);
    return [...random.pick(stems).slice(0, length - own), ...ids(own)];
  };
  return Array.from({ length: count }, (_, index) => {
    const form = FORMS[index % FORMS.length]!;
    // The ends of the range are always there.
    const length = index === 0 ? 1 : index === 1 ? bounds.longest : logUniform(random, bounds.longest);
    if (form === "safetensors") return activationsRequest(random, prompt(Math.min(length, 512)), bounds);
    if (form === "batch" || form === "batch-ndjson") {
      const each = Math.max(1, Math.floor(length / MOST_PROMPTS));
      const prompts = Array.from({ length: 1 + random.below(MOST_PROMPTS) }, () => prompt(1 + random.below(each)));
      const shortest = Math.min(...prompts.map((one) => one.length));
      return batchRequest(form, prompts, question(random, shortest, MOST_ROWS / prompts.length, bounds));
    }
    return probeRequest(form, prompt(length), question(random, length, MOST_ROWS, bounds));
  });
}

function logUniform(random: SeededRandom, longest: number): number {
  return Math.min(longest, Math.floor(Math.exp(random.fraction() * Math.log(longest + 1))));
}

function selection(random: SeededRandom, length: number, rows: number, { layers }: PoolBounds): Body {
  const sites = SITES.filter(() => random.below(2) === 0);
  if (sites.length === 0) sites.push("resid_post");
  // A Jacobian lens does not answer for the first and the last at every site; left out, a lens reads what it can.
  const some = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(layers - 2));
  const chosen = random.below(3) === 0 ? undefined : [...new Set(some)];
  const most = Math.max(1, Math.floor(rows / (sites.length * (chosen?.length ?? layers))));
  const places = Array.from({ length: Math.min(most, 8) }, () => random.below(length));
  const positions = length <= most ? "all" : random.below(2) === 0 ? "last" : [...new Set(places)];
  return { sites, positions, ...(chosen ? { layers: chosen } : {}) };
}

function question(random: SeededRandom, length: number, rows: number, bounds: PoolBounds): Body {
  const lens = bounds.lenses.length > 0 && random.below(2) === 0 ? random.pick(bounds.lenses) : undefined;
  const against = lens !== undefined && random.below(2) === 0;
  const named = lens === undefined ? undefined : random.below(2) === 0 ? [lens] : ["logit", lens];
  return {
    ...selection(random, length, rows, bounds),
    ...(named ? { lenses: named } : random.below(4) === 0 ? { norm: "final" } : {}),
    ...(against ? { against: "logit" } : {}),
    top_k: random.pick([0, 1, 3, 10, 10, 25]),
    track_ids: Array.from({ length: random.below(3) }, () => random.below(bounds.vocabulary)),
    statistics: STATISTICS.filter((row) => (!row.needsAgainst || against) && random.below(2) === 0).map((row) =>
      row.name
    ),
  };
}

function probeRequest(form: Form, prompt: readonly number[], asked: Body): SoakRequest {
  const body = { prompt, ...asked };
  return { path: form === "ndjson" ? "/probe/stream" : "/probe", form, body, ...alone("/probe", [body]) };
}

function batchRequest(form: Form, prompts: readonly (readonly number[])[], asked: Body): SoakRequest {
  const path = form === "batch" ? "/probe/batch" : "/probe/batch/stream";
  return {
    path,
    form,
    body: { prompts, ...asked },
    ...alone("/probe", prompts.map((prompt) => ({ prompt, ...asked }))),
  };
}

function activationsRequest(random: SeededRandom, prompt: readonly number[], bounds: PoolBounds): SoakRequest {
  const body = { prompt, ...selection(random, prompt.length, MOST_ROWS, bounds), logits: prompt.length <= 16 };
  return { path: "/activations", form: "safetensors", body, alonePath: "/activations", alone: [body] };
}

function alone(alonePath: "/probe", bodies: readonly Body[]): Pick<SoakRequest, "alone" | "alonePath"> {
  return { alonePath, alone: bodies.map((body) => ({ ...body, cache: false })) };
}
