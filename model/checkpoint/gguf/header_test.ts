import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { CheckpointError, type CheckpointRule } from "../checkpoint_error.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { GgufCursor } from "./cursor.ts";
import { ggufConfig } from "./gguf_config.ts";
import { type GgufHeader, parseGgufHeader, readGgufHeader } from "./header.ts";
import { openGguf } from "./open_gguf.ts";
import {
  bool,
  f32,
  ggufBytes,
  numbers,
  text,
  texts,
  u32,
  type Written,
  type WrittenTensor,
} from "./testdata/gguf_bytes.ts";

const parse = (bytes: Uint8Array<ArrayBuffer>) => parseGgufHeader(new GgufCursor(bytes, bytes.length, "model.gguf"));

function refused(bytes: Uint8Array<ArrayBuffer>, rule: CheckpointRule, ...words: string[]): void {
  assert.throws(() => parse(bytes), (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    assert.equal(error.rule, rule, error.message);
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    return true;
  });
}

const tensor = (name: string, more: Partial<WrittenTensor> = {}): WrittenTensor => ({
  name,
  type: 0,
  dims: [8, 2],
  data: new Uint8Array(64),
  ...more,
});

Deno.test("parseGgufHeader() reads every type of value and both versions", () => {
  for (const version of [2, 3]) {
    const { metadata, tensors } = parse(ggufBytes(
      [
        ["u8", { type: "u8", value: 200 }],
        ["i8", { type: "i8", value: -3 }],
        ["i16", { type: "i16", value: -300 }],
        ["i32", { type: "i32", value: -70_000 }],
        ["u64", { type: "u64", value: 2n ** 63n }],
        ["i64", { type: "i64", value: -5n }],
        ["f32", f32(0.5)],
        ["f64", { type: "f64", value: 0.1 }],
        ["bool", bool(true)],
        ["string", text("\ufeffé")],
        ["strings", texts(["a", "", "__proto__"])],
        ["numbers", numbers("i32", [1, -1])],
        ["none", numbers("f32", [])],
        ["__proto__", text("a key like others")],
      ],
      [tensor("b"), tensor("a", { type: 8, dims: [32, 3], data: new Uint8Array(102) })],
      { version },
    ));
    const read = (key: string) => metadata.raw(key);
    assert.deepEqual(["u8", "i8", "i16", "i32", "u64", "i64"].map(read), [200, -3, -300, -70_000, 2n ** 63n, -5]);
    assert.deepEqual(["f32", "f64", "bool", "string"].map(read), [0.5, 0.1, true, "\ufeffé"]);
    assert.deepEqual(read("strings"), ["a", "", "__proto__"]);
    assert.deepEqual(read("numbers"), Int32Array.of(1, -1));
    assert.deepEqual(read("none"), new Float32Array(0));
    assert.equal(read("__proto__"), "a key like others");
    assert.deepEqual([...tensors.keys()], ["b", "a"]);
    assert.deepEqual(tensors.get("a")!.shape, [3, 32]);
    assert.equal(tensors.get("a")!.offset % 32, 0);
  }
});

Deno.test("parseGgufHeader() places tensors by the file's own alignment", () => {
  const tensors = [tensor("a", { dims: [3], data: new Uint8Array(12) }), tensor("b")];
  const aligned = ggufBytes([["general.alignment", u32(256)]], tensors, { alignment: 256 });
  assert.equal(parse(aligned).tensors.get("b")!.offset - parse(aligned).tensors.get("a")!.offset, 256);
  refused(ggufBytes([["general.alignment", u32(24)]], tensors, { alignment: 24 }), "config.value", "power of two");
  refused(ggufBytes([["general.alignment", u32(0)]], tensors), "config.value", "general.alignment");
});

Deno.test("parseGgufHeader() refuses other versions, byte orders and kinds of file", () => {
  refused(ggufBytes([], [], { version: 1 }), "gguf.version", "version 1", "2 and 3");
  refused(ggufBytes([], [], { version: 4 }), "gguf.version", "version 4");
  refused(ggufBytes([], [], { version: 0x0300_0000 }), "gguf.version", "big-endian");
  refused(new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), "magic", "LFS");
  refused(new TextEncoder().encode("GGJT, before GGUF was"), "gguf.magic", "GGJT", "GGUF");
  refused(new TextEncoder().encode("GGUF"), "gguf.limit", "truncated");
});

Deno.test("parseGgufHeader() refuses keys and tensors that are there twice, and counts beyond the file", () => {
  refused(ggufBytes([["a", u32(1)], ["a", u32(1)]]), "gguf.header", "duplicate", '"a"');
  refused(ggufBytes([], [tensor("a"), tensor("a")]), "gguf.tensor", "duplicate", '"a"');
  refused(ggufBytes([["", u32(1)]]), "gguf.header", "metadata key 0");
  const patched = (at: number, value: bigint, keys: [string, Written][] = [["key", text("value")]]) => {
    const bytes = ggufBytes(keys);
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    return bytes;
  };
  refused(patched(8, 2n ** 62n), "gguf.limit", "number of tensors");
  refused(patched(16, 2n ** 40n), "gguf.limit", "number of metadata keys");
  refused(patched(24, 2n ** 62n), "gguf.limit", "string", "truncated");
  refused(patched(39, 50n), "gguf.limit", "string", "truncated");
  refused(patched(43, 2n ** 61n, [["key", texts(["a"])]]), "gguf.limit", "array");
  refused(patched(43, 2n ** 61n, [["key", numbers("f32", [1])]]), "gguf.limit", "array");
});

Deno.test("parseGgufHeader() refuses values that are none", () => {
  const typed = (type: number, value: Written) => {
    const bytes = ggufBytes([["key", value]]);
    new DataView(bytes.buffer).setUint32(35, type, true);
    return bytes;
  };
  refused(typed(13, u32(1)), "gguf.header", "value type 13");
  refused(typed(7, { type: "u8", value: 2 }), "gguf.header", "bool");
  const nested = new Uint8Array(ggufBytes([["key", { type: "array", of: "array", values: [] }]]).length + 60);
  nested.set(ggufBytes([["key", { type: "array", of: "array", values: [] }]]));
  for (let at = 39; at < 39 + 60; at += 12) {
    new DataView(nested.buffer).setUint32(at, 9, true);
    new DataView(nested.buffer).setBigUint64(at + 4, 1n, true);
  }
  refused(nested, "gguf.limit", "nested");
  const latin = ggufBytes([["key", text("aé")]]);
  latin[latin.indexOf(0xc3)] = 0xff;
  refused(latin, "gguf.header", "UTF-8");
});

Deno.test("parseGgufHeader() refuses tensors of other types, shapes and places, by name", () => {
  refused(ggufBytes([], [tensor("x", { type: 20 })]), "gguf.type", '"x"', "IQ4_NL", "Q4_K");
  refused(ggufBytes([], [tensor("x", { type: 10 })]), "gguf.type", "Q2_K");
  refused(ggufBytes([], [tensor("x", { type: 77 })]), "gguf.type", "number 77");
  refused(ggufBytes([], [tensor("x", { type: 12, dims: [32, 8] })]), "gguf.tensor", '"x"', "blocks of 256");
  refused(ggufBytes([], [tensor("x", { dims: [] })]), "gguf.tensor", "0 dimensions");
  refused(ggufBytes([], [tensor("x", { dims: [1, 1, 1, 1, 1] })]), "gguf.tensor", "5 dimensions");
  refused(ggufBytes([], [tensor("x", { dims: [0, 4] })]), "gguf.tensor", "impossible");
  refused(ggufBytes([], [tensor("x", { dims: [2n ** 63n, 4] })]), "gguf.tensor", "impossible");
  refused(ggufBytes([], [tensor("x", { dims: [2 ** 40, 2 ** 40] })]), "gguf.bounds", '"x"', "outside");
  refused(ggufBytes([], [tensor("x", { offset: 2n ** 63n })]), "gguf.bounds", '"x"', "outside");
  refused(ggufBytes([], [tensor("x"), tensor("y", { offset: 64n + 32n })]), "gguf.bounds", '"y"', "outside");
  refused(ggufBytes([], [tensor("x"), tensor("y", { offset: 32n })]), "gguf.bounds", "overlaps");
  refused(ggufBytes([], [tensor("x"), tensor("y", { offset: 0n })]), "gguf.bounds", "overlaps");
  refused(ggufBytes([], [tensor("x", { dims: [7], data: new Uint8Array(64) })]), "gguf.bounds", "unowned");
  const [x, y] = [tensor("x", { dims: [3], data: new Uint8Array(12) }), tensor("y", { offset: 16n })];
  refused(ggufBytes([], [x, y]), "gguf.bounds", "unaligned");
});

const SMALL: [string, Written][] = [
  ["general.architecture", text("llama")],
  ["llama.block_count", u32(1)],
  ["tokenizer.ggml.tokens", texts(["a", "b"])],
  ["tokenizer.ggml.scores", numbers("f32", [0, 1])],
];

Deno.test("parseGgufHeader() answers a changed header with a header or a CheckpointError, at once", () => {
  const whole = ggufBytes(SMALL, [tensor("x"), tensor("y", { type: 8, dims: [32, 2], data: new Uint8Array(68) })]);
  const change = fc.oneof(
    fc.record({ at: fc.nat(whole.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
    fc.record({ at: fc.nat(whole.length - 1), bytes: fc.constantFrom(...EXTREMES) }),
  );
  const cut = fc.option(fc.nat(whole.length), { nil: whole.length, freq: 3 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), cut, (changes, length) => {
      const bytes = whole.slice();
      for (const { at, bytes: other } of changes) bytes.set(other.subarray(0, bytes.length - at), at);
      const start = performance.now();
      const header = headerOrFault(bytes.slice(0, length));
      assert.ok(performance.now() - start < 1000);
      if (header === null) return;
      for (const { offset, length: size } of header.tensors.values()) assert.ok(offset + size <= length);
      try {
        ggufConfig(header.metadata, FACTS);
      } catch (error) {
        assert.ok(error instanceof CheckpointError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

const FACTS = { vocabulary: 2, tied: true, bias: { qkv: false, o: false, mlp: false }, ropeFactors: null };
/** Small and huge numbers of 32 and 64 bits. */
const EXTREMES = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 1n].map((value) =>
  new Uint8Array(BigUint64Array.of(value).buffer)
);

function headerOrFault(bytes: Uint8Array<ArrayBuffer>): GgufHeader | null {
  try {
    return parse(bytes);
  } catch (error) {
    assert.ok(error instanceof CheckpointError, String(error));
    return null;
  }
}

Deno.test("readGgufHeader() reads on where a header is longer than the first piece", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "model.gguf");
  const long = "é".repeat(1_000_000);
  const keys = Array.from({ length: 6 }, (_, i) => [`key${i}`, text(long)] as const);
  await Deno.writeFile(path, ggufBytes([...keys, ["last", u32(7)]], [tensor("x")]));
  const { metadata, tensors } = await readGgufHeader(path);
  assert.equal(metadata.raw("last"), 7);
  assert.equal(metadata.string("key5"), long);
  assert.equal(tensors.size, 1);
});

Deno.test("openGguf() refuses a part of a split model, and says where it is not a model's file", async () => {
  await using folder = await TemporaryFolder.make();
  const open = async (name: string, bytes: Uint8Array) => {
    await Deno.writeFile(join(folder.path, name), bytes);
    return await openGguf(join(folder.path, name));
  };
  await assert.rejects(open("m-00001-of-00003.gguf", ggufBytes(SMALL)), /m-00001-of-00003.gguf: .*3 parts.*split/);
  await assert.rejects(open("m.gguf", ggufBytes([["split.count", { type: "u16", value: 2 }]])), /split/);
  await assert.rejects(open("m.gguf", ggufBytes(SMALL)), /m.gguf: tensor token_embd.weight is missing/);
  await assert.rejects(openGguf(join(folder.path, "none.gguf")), /^CheckpointError: none.gguf: not found$/);
});
