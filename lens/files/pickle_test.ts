import assert from "node:assert/strict";
import { concat } from "./write/stored_zip.ts";
import { global, pickled, whole } from "./write/torch_save.ts";
import { LensFileError, type LensFileRule } from "./lens_file_error.ts";
import { readPickle } from "./pickle.ts";
import { remarksOf } from "./pickle_json.ts";
import type { PickleValue } from "./pickle_value.ts";

function bytes(...parts: (number | Uint8Array)[]): Uint8Array {
  return concat([
    Uint8Array.of(0x80, 2),
    ...parts.map((part) => typeof part === "number" ? Uint8Array.of(part) : part),
  ]);
}

function jsonOf(value: PickleValue): unknown {
  return remarksOf({ kind: "dict", ordered: false, entries: new Map([["x", value]]) }, "J").x;
}

function refuses(pickle: Uint8Array, rule: LensFileRule, message: RegExp): void {
  assert.throws(() => readPickle(pickle), (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.equal(error.rule, rule, error.message);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("readPickle() reads what torch.save writes", () => {
  const tensor = whole("0", [2, 3]);
  const value = readPickle(pickled(new Map<string, never>([["0.weight", tensor as never]])));
  assert.ok(typeof value === "object" && value?.kind === "dict");
  assert.deepEqual(value.entries.get("0.weight"), {
    kind: "tensor",
    storage: { kind: "storage", type: "torch.FloatStorage", key: "0", numel: 6 },
    offset: 0,
    shape: [2, 3],
    strides: [3, 1],
  });
});

Deno.test("readPickle() reads ints of every width, floats, text, bools and None", () => {
  const value = readPickle(pickled([1, 300, -5, 2 ** 53, { float: 1.5 }, "é", true, false, null]));
  assert.deepEqual(jsonOf(value), [1, 300, -5, 2 ** 53, 1.5, "é", true, false, null]);
});

Deno.test("readPickle() names the opcode or global that it refuses, and runs nothing", () => {
  refuses(bytes(0x93), "pickle.opcode", /STACK_GLOBAL \(0x93\) at byte 2/);
  refuses(bytes(0x69), "pickle.opcode", /INST \(0x69\)/);
  refuses(bytes(0xff), "pickle.opcode", /0xff/);
  refuses(bytes(global("posix", "system")), "pickle.global", /posix\.system/);
  refuses(bytes(global("builtins", "eval")), "pickle.global", /builtins\.eval/);
  refuses(bytes(global("torch", "LongStorage")), "tensor.dtype", /torch\.LongStorage/);
  refuses(bytes(global("torch._utils", "_rebuild_parameter")), "pickle.global", /_rebuild_parameter/);
});

Deno.test("readPickle() calls nothing but an empty OrderedDict and _rebuild_tensor_v2", () => {
  refuses(bytes(global("torch", "FloatStorage"), 0x29, 0x52), "pickle.structure", /calls torch\.FloatStorage/);
  refuses(bytes(global("collections", "OrderedDict"), 0x5d, 0x85, 0x52), "pickle.structure", /1 arguments/);
  refuses(bytes(0x7d, 0x29, 0x52), "pickle.structure", /calls a dict/);
});

Deno.test("readPickle() lets BUILD set nothing but the _metadata of an OrderedDict", () => {
  const ordered = concat([global("collections", "OrderedDict"), Uint8Array.of(0x29, 0x52)]);
  const state = pickled(new Map([["_metadata", null]])).slice(2, -1);
  const other = pickled(new Map([["__class__", null]])).slice(2, -1);
  assert.doesNotThrow(() => readPickle(bytes(ordered, state, 0x62, 0x2e)));
  refuses(bytes(ordered, other, 0x62, 0x2e), "pickle.structure", /BUILD/);
  refuses(bytes(0x7d, state, 0x62, 0x2e), "pickle.structure", /BUILD/);
});

Deno.test("readPickle() refuses another protocol, a cut pickle, bytes after STOP and values left over", () => {
  refuses(Uint8Array.of(0x80, 4, 0x4e, 0x2e), "pickle.opcode", /PROTO 2/);
  refuses(bytes(0x4a, 1), "pickle.structure", /truncated/);
  refuses(bytes(0x4e, 0x2e, 0x2e), "pickle.structure", /after STOP/);
  refuses(bytes(0x4e, 0x4e, 0x2e), "pickle.structure", /on the stack/);
  refuses(bytes(0x2e), "pickle.structure", /empty stack/);
  refuses(bytes(0x68, 7), "pickle.structure", /memo entry 7/);
  refuses(bytes(0x74), "pickle.structure", /MARK/);
});

Deno.test("readPickle() refuses a key twice, and keys that are neither string nor int", () => {
  const key = pickled("a").slice(2, -1);
  refuses(bytes(0x7d, 0x28, key, 0x4e, key, 0x4e, 0x75, 0x2e), "lens.keys", /duplicate key `a`/);
  refuses(bytes(0x7d, 0x4e, 0x4e, 0x73, 0x2e), "pickle.structure", /None as a dict key/);
});

Deno.test("readPickle() bounds depth, values and ints", () => {
  refuses(bytes(...Array.from({ length: 20 }, () => 0x85), 0x2e), "pickle.structure", /empty stack/);
  refuses(bytes(0x29, ...Array.from({ length: 20 }, () => 0x85), 0x2e), "pickle.limit", /nests/);
  refuses(bytes(new Uint8Array(600_000).fill(0x4e)), "pickle.limit", /values/);
  refuses(bytes(0x8a, 9, new Uint8Array(9)), "pickle.limit", /9 bytes/);
  refuses(bytes(0x8a, 8, new Uint8Array(8).fill(0x7f), 0x2e), "pickle.limit", /2\^53/);
  refuses(new Uint8Array(5 * 1024 * 1024), "pickle.limit", /bytes/);
});

Deno.test("readPickle() is linear in the file when memo references make a billion items, remarksOf() stops early", () => {
  const parts: (number | Uint8Array)[] = [0x5d, 0x71, 0];
  for (let level = 1; level <= 12; level++) {
    parts.push(0x5d, 0x28, ...Array.from({ length: 10 }, () => [0x68, level - 1]).flat(), 0x65, 0x71, level);
  }
  // Leave one list of lists on the stack: the others are taken into a tuple first.
  const value = readPickle(bytes(0x28, ...parts, 0x74, 0x2e));
  assert.throws(() => jsonOf(value), /`x`.*more than 10000 values/);
});

Deno.test("remarksOf() bounds all remarks together, however many keys name one list", () => {
  const list: PickleValue = { kind: "list", items: Array.from({ length: 5_000 }, () => null) };
  const entries = new Map(["a", "b", "c"].map((key): [string, PickleValue] => [key, list]));
  assert.throws(() => remarksOf({ kind: "dict", ordered: false, entries }, "J"), /`b`.*more than 10000 values/);
  const text = "x".repeat(200_000);
  const long = new Map(["a", "b"].map((key): [string, PickleValue] => [key, text]));
  assert.throws(() => remarksOf({ kind: "dict", ordered: false, entries: long }, "J"), /`b`.*characters/);
});
