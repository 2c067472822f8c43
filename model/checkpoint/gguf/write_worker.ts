import type { Places } from "../convert/run_job.ts";
import { serveJobs } from "../convert/serve_jobs.ts";
import type { GgufTensor } from "./header.ts";
import { type WritingKind, writingOf } from "./tensor_writing.ts";
import { writeTensor, type WritingFiles } from "./write_tensor.ts";

/** One tensor of a GGUF file, as a thread is told of it. */
export interface WritingTask extends WritingFiles {
  readonly kind: WritingKind;
  readonly name: string;
  readonly tensor: GgufTensor;
  readonly places: Places;
}

serveJobs<WritingTask>(({ kind, name, tensor, places, ...files }, progress) =>
  writeTensor(writingOf(kind, name, tensor), files, places, progress)
);
