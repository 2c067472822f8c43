import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { CheckpointError, type CheckpointRule } from "./checkpoint_error.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import { parseSafetensorsHeader } from "./safetensors_header.ts";
import { parseStrictJson } from "./strict_json.ts";
import { TemporaryFolder } from "./temporary_folder.ts";
import { writeSafetensorsHeader } from "./write_safetensors_header.ts";

const GOLDEN = new URL("../../tests/golden/badfiles/", import.meta.url).pathname;

/** A header of the given text in front of `size` bytes of values, as they would stand in a file. */
function parse(header: unknown, size: number, dataStart = 64) {
  return parseSafetensorsHeader(parseStrictJson(JSON.stringify(header), "t"), "t", dataStart, dataStart + size);
}

function refuses(rule: CheckpointRule, wanted: RegExp, act: () => unknown) {
  assert.throws(act, (error) => {
    assert.ok(error instanceof CheckpointError, String(error));
    assert.equal(error.rule, rule, error.message);
    assert.match(error.message, wanted);
    return true;
  });
}

const f32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

Deno.test("parseSafetensorsHeader() gives absolute offsets in the order of the bytes, and the metadata", () => {
  const { entries, metadata } = parse({ b: f32([2, 3], 4, 28), __metadata__: { format: "pt" }, a: f32([], 0, 4) }, 28);
  assert.deepEqual([...entries.keys()], ["a", "b"]);
  assert.deepEqual(entries.get("b"), { name: "b", dtype: "F32", shape: [2, 3], offset: 68, length: 24 });
  assert.deepEqual([...metadata], [["format", "pt"]]);
});

Deno.test("parseSafetensorsHeader() refuses bytes of two tensors, of none, and where a value cannot begin", () => {
  refuses("st.bytes", /"b" overlaps tensor "a"/, () => parse({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12));
  refuses("st.bytes", /overlaps/, () => parse({ a: f32([2], 0, 8), b: f32([2], 0, 8) }, 8));
  refuses("st.bytes", /4 unowned bytes between tensor "a"/, () => parse({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12));
  refuses("st.bytes", /8 unowned bytes between the header/, () => parse({ a: f32([1], 8, 12) }, 12));
  refuses("st.bytes", /1 unowned bytes after/, () => parse({ a: f32([1], 0, 4) }, 5));
  refuses("st.bytes", /3 unowned bytes after the header/, () => parse({}, 3));
  refuses("st.bytes", /truncated/, () => parse({ a: f32([2], 0, 8) }, 7));
  refuses("st.bytes", /unaligned/, () => parse({ a: f32([1], 0, 4) }, 4, 66));
  const odd = { a: { dtype: "U8", shape: [2], data_offsets: [0, 2] }, b: f32([1], 2, 6) };
  refuses("st.bytes", /"b" is unaligned: it begins at byte 66/, () => parse(odd, 6));
});

Deno.test("parseSafetensorsHeader() refuses an entry that contradicts itself", () => {
  const entry = (change: Record<string, unknown>) => () => parse({ a: { ...f32([2], 0, 8), ...change } }, 8);
  refuses("st.tensor", /"F31" is not known/, entry({ dtype: "F31" }));
  refuses("st.tensor", /dtype/, entry({ dtype: "constructor" }));
  refuses("st.tensor", /shape/, entry({ shape: [-2] }));
  refuses("st.tensor", /shape/, entry({ shape: [0.5] }));
  refuses("st.tensor", /span 8 bytes; F32 \[3\] takes 12/, entry({ shape: [3] }));
  refuses("st.tensor", /takes/, entry({ shape: [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1] }));
  refuses("st.tensor", /data_offsets/, entry({ data_offsets: [8] }));
  refuses("st.tensor", /span/, entry({ data_offsets: [8, 0] }));
  refuses("st.tensor", /unknown key "strides"/, entry({ strides: [1] }));
  refuses("st.tensor", /must be an object/, () => parse({ a: null }, 0));
  refuses("st.header", /must be a string/, () => parse({ __metadata__: { n: 1 } }, 0));
  refuses("st.header", /JSON object/, () => parse([], 0));
});

Deno.test("readSafetensorsHeader() refuses other files by what they are, and a header that cannot be", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "a.safetensors");
  const prefix = (length: bigint) => new Uint8Array(new BigUint64Array([length]).buffer);
  const cases: [string | Uint8Array, CheckpointRule, RegExp][] = [
    ["", "magic", /empty/],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "magic", /LFS/],
    ["<!doctype html><title>Sign in</title>", "magic", /HTML/],
    ["\u001f", "st.header", /truncated/],
    ["GGUF\u0003\0\0\0\0\0\0\0", "magic", /GGUF/],
    ["PK\u0003\u0004aaaaaaaa", "magic", /ZIP/],
    [prefix(1n << 63n), "st.header", /header is said to be 9223372036854775808 bytes/],
    [prefix(1n), "st.header", /header is said to be 1 bytes long; the file has 8/],
    [prefix(0n), "st.header", /begin with/],
    [Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), "json", /UTF-8/],
  ];
  for (const [content, rule, wanted] of cases) {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await assert.rejects(readSafetensorsHeader(path), (error) => {
      assert.ok(error instanceof CheckpointError, String(error));
      assert.equal(error.rule, rule, error.message);
      assert.match(error.message, wanted);
      return true;
    });
  }
  await assert.rejects(readSafetensorsHeader(folder.path), /not a regular file/);
  await assert.rejects(readSafetensorsHeader(join(folder.path, "absent")), { message: "absent: not found" });
});

Deno.test("readSafetensorsHeader() serves the lens files too", async () => {
  const { entries } = await readSafetensorsHeader(`${GOLDEN}st-lens-ok.safetensors`);
  assert.deepEqual(entries.get("0.weight")?.shape, [16, 16]);
  await assert.rejects(readSafetensorsHeader(`${GOLDEN}st-header-100mb.safetensors`), /header/);
  await assert.rejects(readSafetensorsHeader(`${GOLDEN}st-duplicate-key.safetensors`), /duplicate/);
});

Deno.test("readSafetensorsHeader() answers any mutation of a good file with a header or a CheckpointError", async () => {
  await using folder = await TemporaryFolder.make();
  const path = join(folder.path, "a.safetensors");
  const head = writeSafetensorsHeader([{ name: "0.weight", dtype: "F32", shape: [2, 2] }, {
    name: "0.bias",
    dtype: "F16",
    shape: [2],
  }], { format: "pt" });
  const good = new Uint8Array(head.length + 20);
  good.set(head);
  const piece = fc.constantFrom("0", "9", "-", '"', "}", "{", "[", ",", ":", "F64", "\u0000", "é", "1e3");
  let [read, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length), fc.nat(3), piece), { maxLength: 2 }),
      fc.integer({ min: -9, max: 9 }),
      async (edits, longer) => {
        let bytes = good;
        for (const [at, cut, put] of edits) {
          bytes = Uint8Array.from([...bytes.slice(0, at), ...new TextEncoder().encode(put), ...bytes.slice(at + cut)]);
        }
        // Half of the runs mend the length prefix, so that the mutation reaches the JSON.
        if (longer % 2 === 0 && bytes.length > 36) {
          new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 28), true);
        }
        if (longer > 5) bytes = bytes.slice(0, -longer);
        await Deno.writeFile(path, bytes);
        try {
          const { entries } = await readSafetensorsHeader(path);
          const end = bytes.length;
          for (const { offset, length } of entries.values()) assert.ok(offset >= 8 && offset + length <= end);
          read++;
        } catch (error) {
          assert.ok(error instanceof CheckpointError, String(error));
          assert.ok(!error.message.includes(folder.path), error.message);
          refused++;
        }
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(read > 50 && refused > 500, `${read} read, ${refused} refused`);
});

Deno.test("writeSafetensorsHeader() writes what the reader reads back", () => {
  const dtype = fc.constantFrom("F64", "I64", "F32", "F16", "U8");
  const shape = fc.array(fc.nat(5), { maxLength: 3 });
  const plan = fc.uniqueArray(fc.record({ name: fc.string({ unit: "grapheme" }), dtype, shape }), {
    selector: ({ name }) => name,
  });
  const widths: Record<string, number> = { F64: 8, I64: 8, F32: 4, F16: 2, U8: 1 };
  fc.assert(fc.property(plan, fc.dictionary(fc.string(), fc.string()), (entries, metadata) => {
    const sorted = entries.filter(({ name }) => name !== "__metadata__")
      .sort((a, b) => widths[b.dtype]! - widths[a.dtype]!);
    const bytes = writeSafetensorsHeader(sorted, metadata);
    assert.equal(bytes.length % 8, 0);
    const size = sorted.reduce((sum, e) => sum + e.shape.reduce((a, b) => a * b, 1) * widths[e.dtype]!, 0);
    const json = parseStrictJson(new TextDecoder().decode(bytes.subarray(8)), "t");
    const header = parseSafetensorsHeader(json, "t", bytes.length, bytes.length + size);
    assert.equal(header.entries.size, sorted.length);
    for (const { name, dtype, shape } of sorted) {
      assert.equal(header.entries.get(name)?.dtype, dtype);
      assert.deepEqual(header.entries.get(name)?.shape, shape);
    }
    assert.deepEqual(Object.fromEntries(header.metadata), { ...metadata });
  }));
});

Deno.test("writeSafetensorsHeader() refuses names twice, unknown dtypes and entries that would be unaligned", () => {
  const one = (name: string, dtype: string, shape = [1]) => ({ name, dtype, shape });
  assert.throws(() => writeSafetensorsHeader([one("a", "F32"), one("a", "F32")]), RangeError);
  assert.throws(() => writeSafetensorsHeader([one("__metadata__", "F32")]), RangeError);
  assert.throws(() => writeSafetensorsHeader([one("a", "F31")]), RangeError);
  assert.throws(() => writeSafetensorsHeader([one("a", "F16"), one("b", "F32")]), /wider dtypes first/);
  assert.throws(() => writeSafetensorsHeader([one("a", "F32", [-1])]), RangeError);
});
