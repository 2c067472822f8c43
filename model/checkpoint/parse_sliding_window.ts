import { CheckpointError } from "./checkpoint_error.ts";
import type { Family } from "./config.ts";
import type { JsonFields } from "./json_fields.ts";

const WINDOW = { min: 1, max: 2 ** 24 };
/** transformers' default where the key is absent (null means none). */
const DEFAULT_WINDOW = 4096;
/** transformers' default of Qwen's `max_window_layers`. */
const DEFAULT_MAX_WINDOW_LAYERS = 28;
const MAX_LAYERS = 2 ** 20;

/**
 * Keys a position sees, itself included; null: all before it. One answer for all layers: a config that mixes is refused.
 * Llama ignores `sliding_window`; Qwen ignores it unless `use_sliding_window` is true.
 */
export function parseSlidingWindow(config: JsonFields, family: Family, layers: number): number | null {
  const window = familyWindow(config, family, layers);
  checkLayerTypes(config, layers, window);
  return window;
}

function familyWindow(config: JsonFields, family: Family, layers: number): number | null {
  switch (family) {
    case "llama":
      return null;
    case "mistral":
      return declaredWindow(config);
    case "qwen2":
    case "qwen3": {
      if (!config.boolean("use_sliding_window", false)) return null;
      const window = declaredWindow(config);
      // Where written, these decide which layers have the window; checkLayerTypes refuses a mixture.
      const types = config.strings("layer_types");
      if (types !== null) return types.includes("sliding_attention") ? window : null;
      if (window === null) return null;
      // Layers from this one on have the window, those below it do not.
      const first = config.integer("max_window_layers", { min: 0, max: MAX_LAYERS }, DEFAULT_MAX_WINDOW_LAYERS);
      if (first >= layers) return null;
      if (first === 0) return window;
      throw config.unsupported(
        "max_window_layers",
        first,
        `a window on all ${layers} layers (0) or on none is, not on some`,
      );
    }
  }
}

function declaredWindow(config: JsonFields): number | null {
  if (config.has("sliding_window") && config.raw("sliding_window") === undefined) return null;
  return config.integer("sliding_window", WINDOW, DEFAULT_WINDOW);
}

function checkLayerTypes(config: JsonFields, layers: number, window: number | null): void {
  const types = config.strings("layer_types");
  if (types === null) return;
  if (types.length !== layers) {
    throw new CheckpointError(
      "config.value",
      config.file,
      `layer_types names ${types.length} layers; num_hidden_layers is ${layers}`,
    );
  }
  const wanted = window === null ? "full_attention" : "sliding_attention";
  const other = types.find((type) => type !== wanted);
  if (other !== undefined) {
    const why = window === null ? "no sliding window in force" : `sliding_window ${window}`;
    throw config.unsupported("layer_types", other, `with ${why} every layer must be ${wanted}`);
  }
}
