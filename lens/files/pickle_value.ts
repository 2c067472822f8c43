/** What the allowed part of pickle protocol 2 can build; nothing in it runs or was run. */
export type PickleValue =
  | null
  | boolean
  | string
  /** A Python int within ±2^53. A Python float is a {@link PickleFloat}, so that 1.0 is no layer index. */
  | number
  | PickleFloat
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor;

export interface PickleFloat {
  readonly kind: "float";
  readonly value: number;
}

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
  /** Tuples inside tuples; 1 for one that holds none. */
  readonly depth: number;
}

export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}

/** A dict or a collections.OrderedDict; 1 and "1" are two keys. */
export interface PickleDict {
  readonly kind: "dict";
  readonly ordered: boolean;
  readonly entries: Map<string | number, PickleValue>;
}

/** An allowed global by its full name, e.g. `torch.FloatStorage`. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}

/** A persistent id: numbers that lie in the record `data/{key}`. */
export interface PickleStorage {
  readonly kind: "storage";
  /** e.g. `torch.FloatStorage`. */
  readonly type: string;
  readonly key: string;
  /** Elements. */
  readonly numel: number;
}

/** The arguments of `torch._utils._rebuild_tensor_v2`, as the file gives them: nothing is checked against a storage yet. */
export interface PickleTensor {
  readonly kind: "tensor";
  readonly storage: PickleStorage;
  /** Elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** Elements. */
  readonly strides: readonly number[];
}

/** What a person calls the value: "a list", "a string". */
export function kindOf(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return "a bool";
  if (typeof value === "string") return "a string";
  if (typeof value === "number") return "an int";
  return `a ${value.kind}`;
}
