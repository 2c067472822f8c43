import { LensFileError, shown } from "./lens_file_error.ts";
import { nearLens } from "./near_lens.ts";
import { checkGlobal, ORDERED_DICT, REBUILD_TENSOR, storageOf, tensorOf } from "./pickle_globals.ts";
import { OPCODE, opcodeName } from "./pickle_opcodes.ts";
import { PickleStack } from "./pickle_stack.ts";
import { kindOf, type PickleDict, type PickleValue } from "./pickle_value.ts";

/** 80 layers take 20 kB. */
export const MAX_PICKLE_BYTES = 4 * 1024 * 1024;
/** Longest module or name of a global. */
const MAX_GLOBAL_BYTES = 256;

/**
 * Interprets a protocol 2 pickle with the opcodes and globals of torch's state dicts. A global is a name and never
 * code: the only "calls" are an empty OrderedDict and the noting down of a tensor's arguments.
 *
 * @param bytes the record `data.pkl`
 * @throws {LensFileError} rules `pickle.*` and `tensor.dtype`, naming the opcode or global
 */
export function readPickle(bytes: Uint8Array): PickleValue {
  if (bytes.length > MAX_PICKLE_BYTES) {
    throw new LensFileError("pickle.limit", `data.pkl has ${bytes.length} bytes; at most ${MAX_PICKLE_BYTES} are read`);
  }
  const machine = new Machine(bytes);
  try {
    return machine.run();
  } catch (error) {
    const near = error instanceof LensFileError ? nearLens(machine.keysSoFar()) : null;
    if (near === null) throw error;
    throw new LensFileError("lens.kind", `${near} (${(error as LensFileError).message})`);
  }
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack = new PickleStack();
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Keys of the outermost dict, up to where the pickle was refused: what kind of file it is may be known by then. */
  keysSoFar(): string[] {
    return this.#stack.bottomKeys();
  }

  run(): PickleValue {
    if (this.#bytes[0] !== OPCODE.PROTO || this.#bytes[1] !== 2) {
      throw new LensFileError(
        "pickle.opcode",
        "data.pkl does not begin with PROTO 2 (pickle protocol 2, as torch.save writes)",
      );
    }
    this.#at = 2;
    for (;;) {
      const at = this.#at;
      const code = this.#bytes[this.#take(1)] ?? 0;
      if (code === OPCODE.STOP) return this.#stop();
      this.#step(code, at);
    }
  }

  #stop(): PickleValue {
    const value = this.#stack.pop();
    if (this.#stack.depth > 0 || this.#stack.openMarks > 0) {
      throw new LensFileError("pickle.structure", "data.pkl leaves values on the stack at STOP");
    }
    if (this.#at !== this.#bytes.length) throw new LensFileError("pickle.structure", "data.pkl has bytes after STOP");
    return value;
  }

  #step(code: number, at: number): void {
    const stack = this.#stack;
    switch (code) {
      case OPCODE.NONE:
        return stack.push(null);
      case OPCODE.NEWTRUE:
        return stack.push(true);
      case OPCODE.NEWFALSE:
        return stack.push(false);
      case OPCODE.BININT:
        return stack.push(this.#view.getInt32(this.#take(4), true));
      case OPCODE.BININT1:
        return stack.push(this.#view.getUint8(this.#take(1)));
      case OPCODE.BININT2:
        return stack.push(this.#view.getUint16(this.#take(2), true));
      case OPCODE.LONG1:
        return stack.push(this.#long(this.#view.getUint8(this.#take(1))));
      case OPCODE.BINFLOAT:
        return stack.push({ kind: "float", value: this.#view.getFloat64(this.#take(8)) });
      case OPCODE.BINUNICODE:
        return stack.push(this.#text(this.#view.getUint32(this.#take(4), true)));
      case OPCODE.SHORT_BINUNICODE:
        return stack.push(this.#text(this.#view.getUint8(this.#take(1))));
      case OPCODE.BINPUT:
        return stack.remember(this.#view.getUint8(this.#take(1)));
      case OPCODE.LONG_BINPUT:
        return stack.remember(this.#view.getUint32(this.#take(4), true));
      case OPCODE.BINGET:
        return stack.recall(this.#view.getUint8(this.#take(1)));
      case OPCODE.LONG_BINGET:
        return stack.recall(this.#view.getUint32(this.#take(4), true));
      case OPCODE.MARK:
        return stack.mark();
      case OPCODE.EMPTY_TUPLE:
        return stack.pushTuple([]);
      case OPCODE.TUPLE:
        return stack.pushTuple(stack.popToMark());
      case OPCODE.TUPLE1:
      case OPCODE.TUPLE2:
      case OPCODE.TUPLE3:
        return stack.pushTuple(this.#popped(code - OPCODE.TUPLE1 + 1));
      case OPCODE.EMPTY_LIST:
        return stack.push({ kind: "list", items: [] });
      case OPCODE.APPEND: {
        const item = stack.pop();
        stack.topList().push(item);
        return;
      }
      case OPCODE.APPENDS: {
        const items = stack.popToMark();
        const list = stack.topList();
        for (const item of items) list.push(item);
        return;
      }
      case OPCODE.EMPTY_DICT:
        return stack.push({ kind: "dict", ordered: false, entries: new Map() });
      case OPCODE.SETITEM: {
        const [key, value] = this.#popped(2);
        return setItem(stack.topDict(), key, value);
      }
      case OPCODE.SETITEMS:
        return this.#setItems(stack.popToMark());
      case OPCODE.GLOBAL:
        return this.#global();
      case OPCODE.BINPERSID:
        return stack.push(storageOf(stack.popTuple("the persistent id")));
      case OPCODE.REDUCE:
        return this.#reduce();
      case OPCODE.BUILD:
        return this.#build();
      default:
        throw new LensFileError(
          "pickle.opcode",
          `opcode ${opcodeName(code)} at byte ${at} of data.pkl is not read; torch.save of a lens never writes it`,
        );
    }
  }

  #popped(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#stack.pop()).reverse();
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#stack.topDict();
    if (items.length % 2 !== 0) throw new LensFileError("pickle.structure", "data.pkl sets a key without a value");
    for (let at = 0; at < items.length; at += 2) setItem(dict, items[at], items[at + 1]);
  }

  #global(): void {
    const name = `${this.#line()}.${this.#line()}`;
    checkGlobal(name);
    this.#stack.push({ kind: "global", name });
  }

  #reduce(): void {
    const args = this.#stack.popTuple("the arguments of REDUCE");
    const called = this.#stack.pop();
    if (typeof called !== "object" || called?.kind !== "global") {
      throw new LensFileError("pickle.structure", `data.pkl calls ${kindOf(called)}`);
    }
    if (called.name === REBUILD_TENSOR) return this.#stack.push(tensorOf(args));
    if (called.name === ORDERED_DICT && args.items.length === 0) {
      return this.#stack.push({ kind: "dict", ordered: true, entries: new Map() });
    }
    const reason =
      `data.pkl calls ${called.name} with ${args.items.length} arguments; only _rebuild_tensor_v2 and an empty OrderedDict are read`;
    throw new LensFileError("pickle.structure", reason);
  }

  /** Only `_metadata`, which `Module.state_dict` hangs on its OrderedDict; it says nothing of the numbers and is dropped. */
  #build(): void {
    const state = this.#stack.pop();
    const target = this.#stack.topDict();
    const metadataOnly = target.ordered && typeof state === "object" && state?.kind === "dict" &&
      [...state.entries.keys()].every((key) => key === "_metadata");
    if (!metadataOnly) {
      throw new LensFileError("pickle.structure", "BUILD of data.pkl sets more than the `_metadata` of a state dict");
    }
  }

  #long(length: number): number {
    if (length > 8) {
      throw new LensFileError("pickle.limit", `data.pkl holds an int of ${length} bytes; at most 8 are read`);
    }
    const start = this.#take(length);
    let value = 0n;
    for (let at = length - 1; at >= 0; at--) value = value << 8n | BigInt(this.#bytes[start + at] ?? 0);
    const signed = BigInt.asIntN(length * 8, value);
    if (signed > 2n ** 53n || signed < -(2n ** 53n)) {
      throw new LensFileError("pickle.limit", `data.pkl holds the int ${signed}: a size, shape or offset beyond ±2^53`);
    }
    return Number(signed);
  }

  #text(length: number): string {
    const start = this.#take(length);
    try {
      return this.#utf8.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      throw new LensFileError("pickle.structure", `the string at byte ${start} of data.pkl is not UTF-8`);
    }
  }

  /** One line of GLOBAL's argument, without its line end. */
  #line(): string {
    const start = this.#at;
    const end = this.#bytes.indexOf(0x0a, start);
    if (end < 0 || end - start > MAX_GLOBAL_BYTES) {
      throw new LensFileError("pickle.structure", `the global at byte ${start} of data.pkl has no line end`);
    }
    this.#at = end + 1;
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }

  /** Moves over `length` bytes. @returns where they begin */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) {
      throw new LensFileError("pickle.structure", "data.pkl is truncated: it ends before STOP");
    }
    this.#at = start + length;
    return start;
  }
}

function setItem(dict: PickleDict, key: PickleValue | undefined, value: PickleValue | undefined): void {
  if (typeof key !== "string" && typeof key !== "number") {
    throw new LensFileError(
      "pickle.structure",
      `data.pkl has ${kindOf(key ?? null)} as a dict key; keys are strings or ints`,
    );
  }
  if (value === undefined) throw new LensFileError("pickle.structure", "data.pkl sets a key without a value");
  if (dict.entries.has(key)) {
    throw new LensFileError("lens.keys", `duplicate key \`${shown(String(key))}\`: it must be there once, not twice`);
  }
  dict.entries.set(key, value);
}
