import type { Caller } from "../lab/keys/caller.ts";
import type { LensLibrary } from "../lens/library/types.ts";
import { type Engine, EngineUnavailable, type ModelDescription } from "../model/engine/engine.ts";
import type { PrecisionFidelity } from "../model/engine/fidelity.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { lensesOf } from "./lenses/lenses_of.ts";
import type { AppSettings, NoTokenizer } from "./parts.ts";
import { Vocabulary } from "./vocabulary.ts";

/** The model as the routes need it, once it is loaded. */
export interface LoadedModel {
  readonly description: ModelDescription;
  readonly tokenizer: Tokenizer | NoTokenizer;
  readonly vocabulary: Vocabulary;
  /** The lenses as a caller sees them. */
  readonly lensesOf: (caller: Caller) => LensLibrary;
  /** Of its precision; null where that was not measured. */
  readonly fidelity: PrecisionFidelity | null;
  /** Tokens of the longest prompt: the context or --max-tokens. */
  readonly maxTokens: number;
}

/** While the model is being loaded; nobody knows how long that takes. */
const LOADING_RETRY_SECONDS = 2;

/**
 * The loaded model, to be asked for at each request.
 * @throws {EngineUnavailable} (when called) while it is being loaded, or could not be
 */
export function modelWhenLoaded(
  parts: {
    engine: Engine;
    tokenizer: Promise<Tokenizer | NoTokenizer>;
    lenses: Promise<LensLibrary>;
    fidelity: Promise<PrecisionFidelity | null>;
    settings: Pick<AppSettings, "maxTokens">;
  },
): () => LoadedModel {
  const { engine, settings } = parts;
  let model: LoadedModel | undefined;
  const whole = Promise.all([engine.loaded, parts.tokenizer, parts.lenses, parts.fidelity]);
  whole.then(([description, tokenizer, lenses, fidelity]) => {
    const maxTokens = Math.min(description.context, settings.maxTokens);
    model = {
      description,
      tokenizer,
      vocabulary: new Vocabulary(tokenizer),
      lensesOf: (caller) => lensesOf(caller, lenses),
      fidelity,
      maxTokens,
    };
  }, () => {});
  return () => {
    if (!model) throw new EngineUnavailable(engine.detail || "the model is being loaded", LOADING_RETRY_SECONDS);
    return model;
  };
}
