import type { Checkpoint } from "../checkpoint.ts";
import type { TensorSource } from "../tensor_source.ts";
import type { SafetensorsPlan } from "../write_safetensors_header.ts";
import type { MatrixSize } from "./encoding.ts";
import { bytesOf } from "./write_values.ts";
import { type ConvertedPrecision, type EncodingName, ENCODINGS, type MatrixKind, RECIPES } from "./recipes.ts";

export const EMBEDDING = "model.embed_tokens.weight";
export const LM_HEAD = "lm_head.weight";

/** One thing that is converted, alone. */
export type Job =
  /** Values as they are, or widened to float32. */
  | { readonly kind: "plain"; readonly source: TensorSource; readonly dtype: TensorSource["dtype"] }
  | {
    readonly kind: "matrix";
    /** Name of the weight: its source's, but for a tied lm_head. */
    readonly name: string;
    readonly source: TensorSource;
    readonly size: MatrixSize;
    readonly encoding: EncodingName;
  };

/** What a converted file of a checkpoint holds, and what has to be done for it. */
export interface Layout {
  /** Largest first, so that workers end together. */
  readonly jobs: readonly Job[];
  /** The parts of a matrix side by side. */
  readonly entries: readonly SafetensorsPlan[];
  /** Bytes that are read. */
  readonly sourceBytes: number;
  /** Bytes of the values that are written. */
  readonly bytes: number;
}

export function planLayout(
  checkpoint: Pick<Checkpoint, "config" | "tensors">,
  precision: ConvertedPrecision,
): Layout {
  const jobs = [...jobsOf(checkpoint, precision)].sort((a, b) => b.source.length - a.source.length);
  const entries = jobs.flatMap(entriesOf);
  return {
    jobs,
    entries,
    sourceBytes: jobs.reduce((sum, { source }) => sum + source.length, 0),
    bytes: entries.reduce((sum, entry) => sum + bytesOf(entry), 0),
  };
}

function* jobsOf(
  { config, tensors }: Pick<Checkpoint, "config" | "tensors">,
  precision: ConvertedPrecision,
): Generator<Job> {
  const matrix = (name: string, source: TensorSource): Job => {
    const [out, into] = source.shape as [number, number];
    return { kind: "matrix", name, source, size: { out, in: into }, encoding: RECIPES[precision][kindOf(name)] };
  };
  for (const [name, source] of tensors) {
    if (name === EMBEDDING) {
      yield { kind: "plain", source, dtype: source.dtype };
      if (config.tied) yield matrix(LM_HEAD, source);
    } else if (source.shape.length === 2) yield matrix(name, source);
    else yield { kind: "plain", source, dtype: "F32" };
  }
}

/** `model.layers.0.self_attn.q_proj.weight` is a `q_proj`. */
export function kindOf(weight: string): MatrixKind {
  return weight.split(".").at(-2) as MatrixKind;
}

/** The tensors that a job writes. */
export function entriesOf(job: Job): SafetensorsPlan[] {
  if (job.kind === "plain") return [{ name: job.source.name, dtype: job.dtype, shape: job.source.shape }];
  return ENCODINGS[job.encoding].parts(job.size).map(({ part, dtype, shape }) => ({
    name: partName(job.name, part),
    dtype,
    shape,
  }));
}

export function partName(name: string, part: string): string {
  return `${name}.${part}`;
}
