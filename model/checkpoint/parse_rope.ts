import type { Rope } from "./config.ts";
import type { JsonFields } from "./json_fields.ts";

/** transformers' default where no spelling of the config names one (Llama-2's config.json does not). */
const DEFAULT_THETA = 10_000;
const THETA = { min: 0, max: 1e12 };
const FACTOR = { min: 0, max: 1e6 };
const POSITIONS = { min: 1, max: 2 ** 24 };

/**
 * The rotary embedding of either spelling: `rope_theta` + `rope_scaling`, or `rope_parameters`. Where both objects are
 * there, `rope_scaling` wins whole, its missing `rope_theta` being the top-level one, as in transformers.
 *
 * @throws {CheckpointError} for an unknown kind, by name
 */
export function parseRope(config: JsonFields): Rope {
  const scaling = config.object("rope_scaling") ?? config.object("rope_parameters");
  refusePartial(config);
  const top = config.positive("rope_theta", THETA, DEFAULT_THETA);
  if (scaling === null) return { kind: "default", theta: top };
  refusePartial(scaling);
  for (const [key, value] of scaling.entries()) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      throw scaling.unsupported(key, value, "one rotary embedding for all layers is, not one for each layer type");
    }
  }
  const theta = scaling.positive("rope_theta", THETA, top);
  // `type` is the older name of the key, and transformers reads it only where `rope_type` is absent.
  const key = scaling.has("rope_type") ? "rope_type" : "type";
  const kind = scaling.string(key, "default");
  switch (kind) {
    case "default":
      return { kind, theta };
    case "linear":
      return { kind, theta, factor: scaling.positive("factor", FACTOR) };
    case "llama3":
      return llama3(config, scaling, theta);
    default:
      throw scaling.unsupported(key, kind, "default, linear and llama3 are");
  }
}

function llama3(config: JsonFields, scaling: JsonFields, theta: number): Rope {
  const lowFreqFactor = scaling.positive("low_freq_factor", FACTOR);
  const highFreqFactor = scaling.positive("high_freq_factor", FACTOR);
  if (highFreqFactor <= lowFreqFactor) {
    throw scaling.wrong("high_freq_factor", highFreqFactor, `more than low_freq_factor, ${lowFreqFactor}`);
  }
  const key = "original_max_position_embeddings";
  const originalContext = scaling.integer(key, POSITIONS);
  // transformers 5 takes the top-level one, version 4 this one: equal, or a guess.
  const top = config.integer(key, POSITIONS, originalContext);
  if (top !== originalContext) throw config.wrong(key, top, `${originalContext}, as in ${scaling.path}${key}`);
  return {
    kind: "llama3",
    theta,
    factor: scaling.positive("factor", FACTOR),
    lowFreqFactor,
    highFreqFactor,
    originalContext,
  };
}

function refusePartial(fields: JsonFields): void {
  const value = fields.raw("partial_rotary_factor") ?? 1;
  if (value !== 1) throw fields.unsupported("partial_rotary_factor", value, "only 1, the whole head rotated, is");
}
