import { LRUCache } from "lru-cache";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { Translator } from "../../lens/files/lens_file.ts";
import { readTranslator, type TranslatorSource } from "../../lens/translator.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { translatorGraph } from "../graph/translator.ts";
import { createSession } from "./session.ts";
import type { Turns } from "./turns.ts";

/** Translators of lenses in front of the head: read when first used, kept in a byte budget, the least used forgotten. */
export class Translators {
  readonly #kept: LRUCache<string, Promise<Translator>, unknown>;
  readonly #noBias: Float32Array;

  private constructor(
    readonly session: InferenceSession,
    readonly checkpoint: Checkpoint,
    readonly turns: Turns,
    budgetBytes: number,
  ) {
    this.#kept = new LRUCache({ maxSize: Math.max(1, Math.floor(budgetBytes)) });
    this.#noBias = new Float32Array(checkpoint.config.dModel);
  }

  static async create(
    checkpoint: Checkpoint,
    turns: Turns,
    { threads, budgetBytes }: { readonly threads: number; readonly budgetBytes: number },
  ): Promise<Translators> {
    const session = await createSession(translatorGraph(checkpoint), checkpoint, { threads, arena: false });
    return new Translators(session, checkpoint, turns, budgetBytes);
  }

  /** Begins to read a translator that will be needed, while the processor does something else. */
  prefetch(source: TranslatorSource | undefined): void {
    if (source) this.#read(source).catch(() => {}); // Whoever applies it hears of it.
  }

  /** @returns the rows [R, d_model] translated, before norm and lm_head */
  async apply(source: TranslatorSource, rows: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const { dModel } = this.checkpoint.config;
    const { weight, bias } = await this.#read(source);
    const { keep, normed } = FORMS[source.form];
    const outputs = await this.turns.take(signal, () =>
      this.session.run({
        rows: new Tensor("float32", rows, [rows.length / dModel, dModel]),
        weight: new Tensor("float32", weight, [dModel, dModel]),
        bias: new Tensor("float32", bias ?? this.#noBias, [dModel]),
        keep: new Tensor("float32", Float32Array.of(keep), [1]),
        normed: new Tensor("int32", Int32Array.of(normed), [1]),
      }), { graph: "translator", attributes: () => ({ rows: rows.length / dModel }) });
    return outputs["translated"]!.data as Float32Array;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  #read(source: TranslatorSource): Promise<Translator> {
    const key = `${source.key} ${source.form}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const reading = readTranslator(source);
    this.#kept.set(key, reading, { size: (source.dModel + 1) * source.dModel * Float32Array.BYTES_PER_ELEMENT });
    reading.catch(() => this.#kept.delete(key));
    return reading;
  }
}

/** What the graph does for each form; a full map has been made residual when it was read. */
const FORMS: Readonly<Record<TranslatorSource["form"], { readonly keep: number; readonly normed: number }>> = {
  residual: { keep: 1, normed: 0 },
  full_map: { keep: 1, normed: 0 },
  jacobian: { keep: 0, normed: 0 },
  danyude: { keep: 1, normed: 1 },
};
