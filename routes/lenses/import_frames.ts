import type { AuditLog } from "../../lab/audit/audit_log.ts";
import type { LensImporter } from "../../lens/library/import_lens.ts";
import type { LensUploaded } from "../../lens/library/types.ts";
import type { ImportRequest } from "../../openapi/schemas/import.ts";
import { errorFrame, lines } from "../answer/ndjson.ts";
import { ClientGone } from "../deadline.ts";
import { report, type ServiceContext, sourceOf } from "../env.ts";
import type { LoadedModel } from "../loaded_model.ts";
import type { Log } from "../parts.ts";
import { problemOf, refusalFor } from "../refuse.ts";
import { lensInfo } from "./lens_info.ts";

interface Parts {
  readonly imports: LensImporter;
  readonly log: Log;
  readonly audit: Pick<AuditLog, "write">;
}

interface Frames {
  readonly frames: AsyncGenerator<Uint8Array, void>;
  /** The newest progress once more: it says that the work goes on. */
  readonly last: () => Uint8Array;
}

/** Between two progress frames, in ms. */
const INTERVAL_MS = 200;

/**
 * The frames of an import. Resolves when the first bytes come, or it is over.
 * @throws what refuses it before that, so that the answer still has its status
 */
export async function importFrames(
  request: ImportRequest,
  { description, lensesOf }: LoadedModel,
  { imports, log, audit }: Parts,
  c: ServiceContext,
): Promise<Frames> {
  const progress = new Progress();
  const stopped = new AbortController();
  const signal = AbortSignal.any([c.get("signal"), stopped.signal]);
  const done = imports(lensesOf(c.get("caller")), {
    ...(request.source === undefined ? {} : { source: request.source }),
    ...(request.revision === undefined ? {} : { revision: request.revision }),
    ...(request.lens_id === undefined ? {} : { lensId: request.lens_id }),
  }, {
    modelId: description.id,
    signal,
    onProgress: ({ bytesDone, bytesTotal }) => {
      c.get("extend")();
      progress.tell(bytesDone, bytesTotal);
    },
  });
  await Promise.race([done, progress.news()]);
  // A failure that comes later is told by the frames.
  done.then(({ entry }) => audit.write({ event: "lens.import", lens: entry.record.id }, sourceOf(c)), () => {});
  return { frames: frames(done, progress, stopped, log, c), last: () => progress.frame() };
}

async function* frames(
  done: Promise<LensUploaded>,
  progress: Progress,
  stopped: AbortController,
  log: Log,
  c: ServiceContext,
): AsyncGenerator<Uint8Array, void> {
  try {
    const over = done.then(() => true, () => true);
    while (!(await Promise.race([over, progress.news().then(() => false)]))) {
      yield progress.take();
      await Promise.race([over, pause(INTERVAL_MS)]);
    }
    if (progress.isNew) yield progress.take();
    const { entry, created } = await done;
    report(c, { lens: entry.record.id, bytes: entry.record.bytes, created });
    yield lines([{ type: "end", lens: lensInfo(entry) }]);
  } catch (error) {
    const signal = c.get("signal");
    if (signal.reason instanceof ClientGone) return;
    const refusal = refusalFor(signal.aborted ? signal.reason : error, c.get("requestId"), log);
    report(c, { problem: refusal.problem });
    yield errorFrame(problemOf(refusal, c.get("requestId")));
  } finally {
    stopped.abort();
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How far the download is, told by it and taken by the stream: only the newest counts. */
class Progress {
  #done = 0;
  #total = 0;
  #news = Promise.withResolvers<void>();
  isNew = false;

  tell(done: number, total: number): void {
    [this.#done, this.#total, this.isNew] = [done, total, true];
    this.#news.resolve();
  }

  /** Resolves when something was told that was not taken yet. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  take(): Uint8Array {
    this.#news = Promise.withResolvers();
    this.isNew = false;
    return this.frame();
  }

  frame(): Uint8Array {
    return lines([{ type: "progress", bytes_done: this.#done, bytes_total: this.#total }]);
  }
}
