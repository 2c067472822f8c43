import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { floatCheckpoint, floatSizes } from "../checkpoint/gguf/float_checkpoint.ts";
import type { GgufModel } from "../checkpoint/gguf/open_gguf.ts";
import { packedBytes, packedCheckpoint } from "../checkpoint/gguf/packed_checkpoint.ts";
import { ProgressDisplay } from "../checkpoint/hub/progress.ts";
import { openModelFiles } from "../checkpoint/open_model.ts";
import { type MemoryPlan, planMemory, type PlanSizes } from "./memory_plan.ts";
import { loadWeights, type LoadWeightsOptions } from "./load_weights.ts";
import type { EngineOptions } from "./options.ts";
import { type Precision, type PrecisionChoice, PRECISIONS, type ReportedPrecision } from "./precision.ts";

/** A model on disk, and the precisions that it can be had in. */
export interface WeightSource {
  /** Names and sizes; what is multiplied is `load`'s. */
  readonly model: Checkpoint;
  /** Whether it is one of blocks, which is not quantised again. */
  readonly quantised: boolean;
  /** What each precision that can be chosen would need, the one to take first. */
  readonly plans: (sizes: PlanSizes) => ReadonlyMap<ReportedPrecision, MemoryPlan>;
  /** The checkpoint as its graphs multiply it; converts what is not yet converted. */
  readonly load: (precision: ReportedPrecision, options: LoadWeightsOptions) => Promise<Checkpoint>;
}

/**
 * @throws {CheckpointError} where the files are not a model this service computes right
 * @throws {Error} for a precision that the model cannot be had in
 */
export async function openWeightSource({ model, id, cacheFolder, precision }: EngineOptions): Promise<WeightSource> {
  const opened = await openModelFiles(model, {
    ...(id === undefined ? {} : { id }),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
  });
  return opened.kind === "floats" ? floatSource(opened.checkpoint) : blockSource(opened.gguf, precision);
}

function floatSource(checkpoint: Checkpoint): WeightSource {
  return {
    model: checkpoint,
    quantised: false,
    plans: (sizes) => new Map(PRECISIONS.map((precision) => [precision, planMemory(checkpoint, precision, sizes)])),
    load: (precision, options) => loadWeights(checkpoint, precision as Precision, options),
  };
}

/** Blocks are multiplied as they are, or expanded to float32 exactly: to quantise them again would only lose. */
function blockSource(gguf: GgufModel, choice: PrecisionChoice): WeightSource {
  if (choice !== "auto" && choice !== "f32") {
    throw new Error(
      `${gguf.id} is quantised already (${gguf.type}): --precision ${choice} is for models of floats; ` +
        `auto multiplies its blocks as they are, f32 expands them`,
    );
  }
  const model = floatSizes(gguf);
  return {
    model,
    quantised: true,
    plans: (sizes) => {
      const plan = planMemory(model, "f32", sizes);
      return choice === "f32"
        ? new Map([["f32", plan]])
        : new Map([["gguf", { ...plan, weightsBytes: packedBytes(gguf) }]]);
    },
    load: async (precision, { threads, dataFolder, write }) => {
      if (dataFolder === undefined) throw new TypeError("a GGUF of blocks needs a folder for converted weights");
      const display = new ProgressDisplay({ write, terminal: false });
      const file = `${precision === "f32" ? "expanding" : "packing"} ${gguf.id}`;
      const onProgress = (bytesDone: number, bytesTotal: number) => display.update({ file, bytesDone, bytesTotal });
      const convert = precision === "f32" ? floatCheckpoint : packedCheckpoint;
      const checkpoint = await convert(gguf, { dataFolder, threads, onProgress });
      display.end();
      return checkpoint;
    },
  };
}
