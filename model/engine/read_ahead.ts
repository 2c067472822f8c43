import { Worker } from "node:worker_threads";

/** Bytes of a file, by its absolute path. */
export interface FileRange {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** What the reading thread is told. */
export interface ReadOrder {
  readonly ranges: readonly FileRange[];
  /** What `turn` stood at: the order is void once it stands elsewhere. */
  readonly turn: number;
}

/** Reads parts of files into the system's page cache, on a thread of its own: the engine's is blocked while it multiplies. */
export class ReadAhead {
  /** [1] int32, shared: counts up when what is being read is wanted no more. */
  readonly #turn = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;

  constructor() {
    this.#worker = new Worker(new URL("read_ahead_worker.ts", import.meta.url), { workerData: this.#turn });
    this.#worker.unref();
  }

  /** Begins to read, after what it was told before. */
  begin(ranges: readonly FileRange[]): void {
    if (ranges.length === 0) return;
    const order: ReadOrder = { ranges: joined(ranges), turn: this.#turn[0]! };
    this.#worker.postMessage(order);
  }

  /** What was begun is wanted no more. */
  stop(): void {
    Atomics.add(this.#turn, 0, 1);
  }

  async close(): Promise<void> {
    this.stop();
    await this.#worker.terminate();
  }
}

/** In the order of the files, neighbours as one: disks like long reads. */
function joined(ranges: readonly FileRange[]): FileRange[] {
  const sorted = ranges.toSorted((a, b) => a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1);
  const result: FileRange[] = [];
  for (const { file, offset, length } of sorted) {
    const last = result.at(-1);
    if (last?.file === file && last.offset + last.length === offset) {
      result[result.length - 1] = { file, offset: last.offset, length: last.length + length };
    } else result.push({ file, offset, length });
  }
  return result;
}
