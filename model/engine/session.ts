import { InferenceSession } from "onnxruntime-node";
import { dirname } from "node:path";
import type { TensorSource } from "../checkpoint/tensor_source.ts";

export interface SessionOptions {
  /** Threads of the session's own pool. */
  readonly threads: number;
  /** Keep freed memory for the next run. Off where many sessions would each keep their own. Default true. */
  readonly arena?: boolean;
  /**
   * Weights are multiplied as they lie in the mapped file, instead of packed into memory of the session's own: created in
   * milliseconds, half to two thirds as fast, and whatever is not at work can be dropped from memory. Default false.
   */
  readonly mapped?: boolean;
  /**
   * Weights stored in fewer bits are widened once, when the session is created, instead of in every run. Creating blocks
   * the thread and uses one core of it: worth it from the fourth run on. Default true.
   */
  readonly widened?: boolean;
}

/** A session over a graph whose initializers lie in the checkpoint's files, mapped by ONNX Runtime. */
export function createSession(
  graph: Uint8Array,
  weights: { readonly tensors: ReadonlyMap<string, TensorSource> },
  options: SessionOptions,
): Promise<InferenceSession> {
  const [first] = weights.tensors.values();
  const folder = first ? { model_external_initializers_file_folder_path: `${dirname(first.file)}/` } : {};
  const mapped = options.mapped === true ? { disable_prepacking: "1" } : {};
  return InferenceSession.create(graph, {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    enableCpuMemArena: options.arena ?? true,
    // Every session has a pool of its own; spinning pools fight each other for the cores.
    extra: { session: { intra_op: { allow_spinning: "0" }, ...folder, ...mapped } },
    ...(options.widened === false ? { graphOptimizationLevel: "disabled" } : {}),
  });
}
