import { LensFileError, shown } from "./lens_file_error.ts";
import { kindOf, type PickleStorage, type PickleTensor, type PickleTuple, type PickleValue } from "./pickle_value.ts";

export const ORDERED_DICT = "collections.OrderedDict";
export const REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";

/** Storage classes that are read. */
export const STORAGE_DTYPES = {
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.DoubleStorage": "F64",
} as const;

/** Everything a lens file may name; the name alone is a value here, there is nothing behind it to call. */
const ALLOWED: ReadonlySet<string> = new Set([ORDERED_DICT, REBUILD_TENSOR, ...Object.keys(STORAGE_DTYPES)]);

/** @throws {LensFileError} naming the global: rule `tensor.dtype` for another storage class, else `pickle.global` */
export function checkGlobal(name: string): void {
  if (ALLOWED.has(name)) return;
  if (/^torch\.\w+Storage$/.test(name)) {
    const reason = `${shown(name)} is a dtype that no lens has; Float, Half, BFloat16 and DoubleStorage are read`;
    throw new LensFileError("tensor.dtype", reason);
  }
  const reason = `data.pkl names the global ${shown(name)}, which a lens has no use for; allowed: ${
    [...ALLOWED].join(", ")
  }`;
  throw new LensFileError("pickle.global", reason);
}

/** `("storage", <storage class>, key, device, elements)`: torch.serialization's persistent id. */
export function storageOf({ items }: PickleTuple): PickleStorage {
  const [tag, type, key, location, numel] = items;
  const named = items.length === 5 && tag === "storage" && typeof location === "string" && isGlobal(type) &&
    Object.hasOwn(STORAGE_DTYPES, type.name);
  if (!named || typeof key !== "string" || !/^[0-9]{1,9}$/.test(key)) {
    const reason = 'a persistent id of data.pkl is not ("storage", storage class, number, device, elements)';
    throw new LensFileError("pickle.structure", reason);
  }
  if (typeof numel !== "number" || numel < 0) {
    throw new LensFileError("tensor.storage", `storage data/${key} has no proper number of elements`);
  }
  return { kind: "storage", type: type.name, key, numel };
}

/** `(storage, offset, size, stride, requires_grad, backward_hooks)`. */
export function tensorOf({ items }: PickleTuple): PickleTensor {
  const [storage, offset, size, stride, requiresGrad, hooks] = items;
  if (
    items.length !== 6 || !isKind(storage, "storage") || typeof requiresGrad !== "boolean" || !isKind(hooks, "dict")
  ) {
    const reason = "_rebuild_tensor_v2 of data.pkl must be given (storage, offset, size, stride, requires_grad, hooks)";
    throw new LensFileError("pickle.structure", reason);
  }
  if (hooks.entries.size > 0) {
    throw new LensFileError("pickle.structure", `the tensor on data/${storage.key} has hooks`);
  }
  if (typeof offset !== "number") {
    throw new LensFileError(
      "tensor.bounds",
      `the tensor on data/${storage.key} has ${kindOf(offset ?? null)} as its offset`,
    );
  }
  const shape = integers(size, `the shape of the tensor on data/${storage.key}`);
  const strides = integers(stride, `the strides of the tensor on data/${storage.key}`);
  return { kind: "tensor", storage, offset, shape, strides };
}

function integers(value: PickleValue | undefined, what: string): number[] {
  if (!isKind(value, "tuple") || !value.items.every((item) => typeof item === "number")) {
    throw new LensFileError("tensor.shape", `${what} is not a tuple of ints`);
  }
  return [...value.items as readonly number[]];
}

function isGlobal(value: PickleValue | undefined): value is Extract<PickleValue, { kind: "global" }> {
  return isKind(value, "global");
}

function isKind<K extends Extract<PickleValue, { kind: string }>["kind"]>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}
