import { CheckpointError } from "../checkpoint_error.ts";
import type { Written } from "./run_job.ts";
import type { WorkerReport } from "./serve_jobs.ts";

/** A job that failed in its thread; `code` is the system's, e.g. ENOSPC. */
export class JobFailed extends Error {
  override readonly name = "JobFailed";
  constructor(message: string, readonly code: string | null) {
    super(message);
  }
}

/** A thread that does jobs, one after the other. */
export class JobWorker<Job> implements Disposable {
  readonly #worker: Worker;

  /** @param script a module that calls `serveJobs` for such jobs */
  constructor(script: URL, readonly progress: (bytes: number) => void) {
    this.#worker = new Worker(script, { type: "module" });
  }

  /**
   * @throws {CheckpointError} where the source cannot be read
   * @throws {JobFailed}
   */
  run(job: Job): Promise<Written> {
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerReport>) => {
      if (data.type === "progress") this.progress(data.bytes);
      else if (data.type === "done") resolve(data.written);
      else if (data.type === "refused") reject(new CheckpointError(data.rule, data.file, data.reason));
      else reject(new JobFailed(data.message, data.code));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new JobFailed(event.message, null));
    };
    this.#worker.postMessage(job);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
