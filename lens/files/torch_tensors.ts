import { LensFileError, shown } from "./lens_file_error.ts";
import { STORAGE_DTYPES } from "./pickle_globals.ts";
import type { PickleStorage, PickleTensor } from "./pickle_value.ts";
import {
  BYTES_OF_LENS,
  elementCount,
  type LensDType,
  spanOf,
  type StridedTensor,
  stridedTensor,
} from "./strided_tensor.ts";
import type { ZipRecord } from "./zip_directory.ts";

/** A view may be read with this many bytes for each byte shown: columns of 64 interleaved tensors. */
const MAX_READ_FACTOR = 64;

/** Makes tensors of what the pickle says, and keeps account of what they take from each storage. */
export class TorchTensors {
  readonly #storages: ReadonlyMap<string, ZipRecord>;
  readonly #used = new Map<string, { storage: PickleStorage; views: Map<string, StridedTensor> }>();

  constructor(storages: ReadonlyMap<string, ZipRecord>) {
    this.#storages = storages;
  }

  /**
   * A tensor in range of its storage record.
   *
   * @param name as the state dict has it, e.g. `7.weight`
   * @throws {LensFileError} rules `tensor.*`, naming tensor and record
   */
  tensor(name: string, { storage, offset, shape, strides }: PickleTensor): StridedTensor {
    const record = this.#record(name, storage);
    const tensor = stridedTensor({ name, dtype: dtypeOf(storage), shape, strides, start: offset, region: record });
    const used = this.#used.get(storage.key) ?? { storage, views: new Map() };
    used.views.set(JSON.stringify([tensor.start, tensor.shape, tensor.strides]), tensor);
    this.#used.set(storage.key, used);
    return tensor;
  }

  /**
   * After the last tensor: no storage is left over, and different views of one storage do not show more than it holds.
   * So the cost of reading all tensors is bounded by the size of the file.
   */
  finish(): void {
    for (const [key, record] of this.#storages) {
      if (!this.#used.has(key)) {
        throw new LensFileError("tensor.storage", `record \`${shown(record.name)}\` belongs to no tensor of the lens`);
      }
    }
    for (const { storage, views } of this.#used.values()) {
      let elements = 0;
      let read = 0;
      for (const view of views.values()) {
        elements += elementCount(view);
        read += readCost(view);
      }
      if (elements > storage.numel || read > MAX_READ_FACTOR * storage.numel) {
        const reason =
          `the tensors on storage data/${storage.key} show ${elements} elements, and span ${read}; it has ${storage.numel}: views overlap`;
        throw new LensFileError("tensor.bounds", reason);
      }
    }
  }

  #record(name: string, storage: PickleStorage): ZipRecord {
    const record = this.#storages.get(storage.key);
    const label = `storage data/${storage.key} of \`${shown(name)}\``;
    if (record === undefined) throw new LensFileError("tensor.storage", `${label}: there is no such record`);
    const known = this.#used.get(storage.key)?.storage ?? storage;
    if (known.type !== storage.type || known.numel !== storage.numel) {
      const reason = `${label} is ${storage.numel} × ${storage.type} here and ${known.numel} × ${known.type} elsewhere`;
      throw new LensFileError("tensor.storage", reason);
    }
    const expected = storage.numel * BYTES_OF_LENS[dtypeOf(storage)];
    if (record.length !== expected) {
      const reason =
        `${label} (${storage.numel} × ${storage.type}) needs ${expected} bytes; its record has ${record.length}`;
      throw new LensFileError("tensor.storage", reason);
    }
    return record;
  }
}

function dtypeOf(storage: PickleStorage): LensDType {
  return STORAGE_DTYPES[storage.type as keyof typeof STORAGE_DTYPES];
}

/** Elements that are read where the runs of the dimension with the smaller stride are read whole. */
function readCost(view: StridedTensor): number {
  const widest = view.strides.indexOf(Math.max(...view.strides));
  const without = (values: readonly number[]) => values.filter((_, dimension) => dimension !== widest);
  return (view.shape[widest] ?? 1) * spanOf({ ...view, shape: without(view.shape), strides: without(view.strides) });
}
