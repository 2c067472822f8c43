import type { Job } from "./layout.ts";
import type { Places, Written } from "./run_job.ts";
import type { WorkerReport, WorkerTask } from "./worker.ts";

/** A job that failed in its thread; `code` is the system's, e.g. ENOSPC. */
export class JobFailed extends Error {
  override readonly name = "JobFailed";
  constructor(message: string, readonly code: string | null) {
    super(message);
  }
}

/** A thread that does jobs, one after the other. */
export class JobWorker implements Disposable {
  readonly #worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });

  constructor(readonly target: string, readonly progress: (bytes: number) => void) {}

  /** @throws {JobFailed} */
  run(job: Job, places: Places): Promise<Written> {
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerReport>) => {
      if (data.type === "progress") this.progress(data.bytes);
      else if (data.type === "done") resolve(data.written);
      else reject(new JobFailed(data.message, data.code));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new JobFailed(event.message, null));
    };
    this.#worker.postMessage({ job, places, target: this.target } satisfies WorkerTask);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
