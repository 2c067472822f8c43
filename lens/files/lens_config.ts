import { CheckpointError } from "../../model/checkpoint/checkpoint_error.ts";
import { JsonFields } from "../../model/checkpoint/json_fields.ts";
import { parseStrictJson } from "../../model/checkpoint/strict_json.ts";
import type { LensContents } from "./lens_file.ts";
import { LensFileError } from "./lens_file_error.ts";

/** tuned-lens' `config.json`; null for what it does not say. */
export interface LensConfig {
  /** e.g. `meta-llama/Llama-2-7b-hf`. */
  readonly baseModel: string | null;
  readonly baseModelRevision: string | null;
  readonly dModel: number | null;
  /** Translators. */
  readonly layers: number | null;
  readonly bias: boolean | null;
  /** tuned-lens' own hash of the unembedding: base and chat models share it. */
  readonly unembedHash: string | null;
}

const LIMITS = { maxLength: 256 * 1024, maxDepth: 32 };
const COUNT = { min: 1, max: 1_000_000 };

/**
 * Reads the config strictly where its keys matter here; unknown keys are ignored.
 *
 * @param text `config.json`
 * @throws {LensFileError} rule `lens.config`, naming the key
 */
export function parseLensConfig(text: string): LensConfig {
  try {
    const fields = new JsonFields(parseStrictJson(text, "config.json", LIMITS), "config.json");
    const integer = (key: string) => fields.raw(key) === undefined ? null : fields.integer(key, COUNT);
    const string = (key: string) => fields.raw(key) === undefined ? null : fields.string(key);
    const type = string("lens_type");
    if (type !== null && type !== "linear_tuned_lens") {
      throw fields.unsupported("lens_type", type, "linear_tuned_lens is");
    }
    const hash = string("unembed_hash");
    // The spelling of tuned-lens before 0.1.
    const oldHash = string("unemebd_hash");
    if (hash !== null && oldHash !== null && hash !== oldHash) {
      throw fields.wrong("unemebd_hash", oldHash, "what unembed_hash is, where both are given");
    }
    return {
      baseModel: string("base_model_name_or_path"),
      baseModelRevision: string("base_model_revision"),
      dModel: integer("d_model"),
      layers: integer("num_hidden_layers"),
      bias: fields.raw("bias") === undefined ? null : fields.boolean("bias", true),
      unembedHash: hash ?? oldHash,
    };
  } catch (error) {
    if (error instanceof CheckpointError) throw new LensFileError("lens.config", `config.json: ${error.reason}`);
    throw error;
  }
}

/**
 * Holds a config to the weights beside it.
 *
 * @throws {LensFileError} rule `lens.config`, naming the key
 */
export function checkLensConfig(config: LensConfig, { kind, layers, dModel, tensors }: LensContents): void {
  const differs = (key: string, stated: unknown, found: unknown) =>
    new LensFileError("lens.config", `config.json: ${key} is ${stated}; the weights beside it say ${found}`);
  if (kind !== "tuned") {
    throw new LensFileError("lens.config", "config.json is tuned-lens' own; this is a Jacobian lens");
  }
  if (config.dModel !== null && config.dModel !== dModel) throw differs("d_model", config.dModel, dModel);
  if (config.layers !== null && config.layers !== layers.length) {
    throw differs("num_hidden_layers", config.layers, layers.length);
  }
  const biased = [...tensors.values()].some(({ bias }) => bias !== undefined);
  if (config.bias !== null && config.bias !== biased) throw differs("bias", config.bias, biased);
}
