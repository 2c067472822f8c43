import { LensFileError } from "./lens_file_error.ts";
import { kindOf, type PickleDict, type PickleTuple, type PickleValue } from "./pickle_value.ts";

/** Values built in all: a lens of 1,000 layers takes 60,000; memory grows with it, not with what memo references span. */
const MAX_VALUES = 500_000;
/** A tensor's arguments are tuples 2 deep. */
const MAX_TUPLE_DEPTH = 16;
/** Tensors of one file: weights and biases of 2,000 layers. */
const MAX_TENSORS = 4_096;

/** Stack, marks and memo of a pickle machine, each bounded. */
export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #built = 0;
  #tensors = 0;

  get depth(): number {
    return this.#values.length;
  }

  get openMarks(): number {
    return this.#marks.length;
  }

  /** Strings at the places of keys above the first mark, where the outermost dict waits for its items. */
  bottomKeys(): string[] {
    const from = this.#marks[0] ?? this.#values.length;
    return this.#values.slice(from).filter((value, at) => at % 2 === 0 && typeof value === "string").map(String);
  }

  push(value: PickleValue): void {
    this.#count();
    if (typeof value === "object" && value?.kind === "tensor" && ++this.#tensors > MAX_TENSORS) {
      throw new LensFileError("pickle.limit", `data.pkl holds more than ${MAX_TENSORS} tensors`);
    }
    this.#values.push(value);
  }

  /** The topmost value above the last mark. */
  pop(): PickleValue {
    const value = this.#values.length > (this.#marks.at(-1) ?? 0) ? this.#values.pop() : undefined;
    if (value === undefined) throw new LensFileError("pickle.structure", "data.pkl takes a value from an empty stack");
    return value;
  }

  top(): PickleValue {
    const value = this.#values.length > (this.#marks.at(-1) ?? 0) ? this.#values.at(-1) : undefined;
    if (value === undefined) throw new LensFileError("pickle.structure", "data.pkl looks at an empty stack");
    return value;
  }

  mark(): void {
    this.#count();
    this.#marks.push(this.#values.length);
  }

  /** The values above the last mark, which goes with them. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new LensFileError("pickle.structure", "data.pkl closes a MARK that it never set");
    return this.#values.splice(mark);
  }

  pushTuple(items: readonly PickleValue[]): void {
    const inner = items.reduce<number>((deepest, item) => Math.max(deepest, tupleDepth(item)), 0);
    if (inner === MAX_TUPLE_DEPTH) {
      throw new LensFileError("pickle.limit", `data.pkl nests tuples more than ${MAX_TUPLE_DEPTH} deep`);
    }
    this.push({ kind: "tuple", items, depth: inner + 1 });
  }

  remember(key: number): void {
    this.#count();
    this.#memo.set(key, this.top());
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw new LensFileError("pickle.structure", `data.pkl reads memo entry ${key}, never set`);
    this.push(value);
  }

  topDict(): PickleDict {
    const value = this.top();
    if (typeof value === "object" && value?.kind === "dict") return value;
    throw new LensFileError(
      "pickle.structure",
      `data.pkl sets an item of ${kindOf(value)}; only dicts have items here`,
    );
  }

  topList(): PickleValue[] {
    const value = this.top();
    if (typeof value === "object" && value?.kind === "list") return value.items;
    throw new LensFileError("pickle.structure", `data.pkl appends to ${kindOf(value)}, which is no list`);
  }

  popTuple(what: string): PickleTuple {
    const value = this.pop();
    if (typeof value === "object" && value?.kind === "tuple") return value;
    throw new LensFileError("pickle.structure", `${what} of data.pkl must be a tuple, not ${kindOf(value)}`);
  }

  #count(): void {
    if (++this.#built > MAX_VALUES) {
      throw new LensFileError("pickle.limit", `data.pkl builds more than ${MAX_VALUES} values`);
    }
  }
}

function tupleDepth(value: PickleValue): number {
  return typeof value === "object" && value?.kind === "tuple" ? value.depth : 0;
}
