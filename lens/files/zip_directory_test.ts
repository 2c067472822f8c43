import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { concat, fields, storedZip, type ZipInput } from "./write/stored_zip.ts";
import { LensFileError, type LensFileRule } from "./lens_file_error.ts";
import { memorySource, type Source } from "./source.ts";
import { readZipDirectory } from "./zip_directory.ts";

const RECORDS: ZipInput[] = [
  { name: "a/data.pkl", bytes: Uint8Array.of(1, 2, 3) },
  { name: "a/data/0", bytes: new Uint8Array(100).fill(7) },
];

async function refuses(zip: Uint8Array, rule: LensFileRule, message: RegExp): Promise<void> {
  await assert.rejects(readZipDirectory(memorySource(zip)), (error) => {
    assert.ok(error instanceof LensFileError, String(error));
    assert.match(error.message, message);
    assert.equal(error.rule, rule, error.message);
    return true;
  });
}

/** The file with a little-endian number put at `at`. */
function patched(zip: Uint8Array, at: number, width: 1 | 2 | 4, value: number): Uint8Array {
  const copy = zip.slice();
  const view = new DataView(copy.buffer);
  if (width === 4) view.setUint32(at, value, true);
  else if (width === 2) view.setUint16(at, value, true);
  else view.setUint8(at, value);
  return copy;
}

function find(zip: Uint8Array, signature: number, nth = 0): number {
  const view = new DataView(zip.buffer);
  for (let at = 0; at + 4 <= zip.length; at++) {
    if (view.getUint32(at, true) === signature && nth-- === 0) return at;
  }
  throw new RangeError("no such signature");
}

for (
  const style of [{}, { zip64: false }, { descriptors: false }, { alignment: 1, descriptors: false, zip64: false }]
) {
  Deno.test(`readZipDirectory() finds the data of ${JSON.stringify(style)}`, async () => {
    const zip = storedZip(RECORDS, style);
    const records = await readZipDirectory(memorySource(zip));
    assert.deepEqual(records.map(({ name }) => name), RECORDS.map(({ name }) => name));
    for (const [at, { offset, length }] of records.entries()) {
      assert.deepEqual(zip.slice(offset, offset + length), RECORDS[at]?.bytes);
    }
  });
}

Deno.test("readZipDirectory() refuses names that are not plain, and a name twice", async () => {
  for (const name of ["../a", "/a", "a//b", "a/./b", "a\\b", "C:a", "a/", "a\u0000b", ""]) {
    await refuses(storedZip([{ name, bytes: new Uint8Array(1) }]), "zip.name", /name/);
  }
  await refuses(storedZip([...RECORDS, ...RECORDS.slice(0, 1)]), "zip.name", /duplicate.*a\/data\.pkl/);
});

Deno.test("readZipDirectory() refuses what is compressed, by either header", async () => {
  const zip = storedZip(RECORDS);
  await refuses(patched(zip, find(zip, 0x02014b50, 1) + 10, 2, 8), "zip.method", /a\/data\/0.*deflated/);
  await refuses(patched(zip, find(zip, 0x04034b50, 1) + 8, 2, 8), "zip.structure", /local header says compressed/);
});

Deno.test("readZipDirectory() refuses headers that disagree", async () => {
  const zip = storedZip(RECORDS, { descriptors: false });
  const local = find(zip, 0x04034b50, 1);
  await refuses(patched(zip, local + 14, 4, 1), "zip.structure", /a\/data\/0.*CRC or size/);
  await refuses(patched(zip, local + 18, 4, 99), "zip.structure", /CRC or size/);
  await refuses(patched(zip, local + 30, 1, 0x62), "zip.structure", /another name/);
  await refuses(patched(zip, local, 4, 1), "zip.structure", /no local header/);
  const described = storedZip(RECORDS);
  await refuses(patched(described, find(described, 0x08074b50) + 8, 4, 5), "zip.structure", /descriptor/);
});

Deno.test("readZipDirectory() refuses records that overlap, and bytes that no record owns", async () => {
  const zip = storedZip(RECORDS, { descriptors: false });
  const [first, second] = [find(zip, 0x02014b50, 0), find(zip, 0x02014b50, 1)];
  await refuses(patched(zip, second + 42, 4, 0), "zip.structure", /overlaps/);
  const longer = patched(patched(zip, first + 20, 4, 90), first + 24, 4, 90);
  await refuses(longer, "zip.structure", /overlaps|CRC or size/);
  await refuses(patched(zip, find(zip, 0x04034b50, 1) + 28, 2, 0), "zip.structure", /belong to no record/);
});

Deno.test("readZipDirectory() refuses bytes before and after, a comment, and two directories", async () => {
  const zip = storedZip(RECORDS);
  await assert.rejects(readZipDirectory(memorySource(concat([Uint8Array.of(1, 2, 3, 4), zip]))), LensFileError);
  await refuses(concat([zip, Uint8Array.of(0)]), "zip.eocd", /ambiguous|central directory/);
  await assert.rejects(readZipDirectory(memorySource(concat([zip, zip]))), LensFileError);
  await refuses(patched(concat([zip, Uint8Array.of(9)]), zip.length - 2, 2, 1), "zip.eocd", /bytes follow/);
});

Deno.test("readZipDirectory() refuses end records that disagree", async () => {
  const zip = storedZip(RECORDS);
  const wide = find(zip, 0x06064b50);
  for (const at of [wide + 24, wide + 40, wide + 48, wide + 56 + 8]) {
    await assert.rejects(readZipDirectory(memorySource(patched(zip, at, 4, 1))), LensFileError);
  }
});

Deno.test("readZipDirectory() refuses a last name that reaches beyond the directory", async () => {
  const zip = storedZip(RECORDS, { zip64: false });
  const last = find(zip, 0x02014b50, 1);
  await refuses(patched(zip, last + 28, 2, 80), "zip.structure", /do not end where it does/);
  await assert.rejects(readZipDirectory(memorySource(patched(zip, last + 28, 2, 60_000))), LensFileError);
});

Deno.test("readZipDirectory() never reads a directory as large as the file says", async () => {
  const size = 2 ** 31;
  const zip = storedZip(RECORDS, { zip64: false });
  const end = zip.slice(-22);
  new DataView(end.buffer).setUint32(12, size - 100, true);
  new DataView(end.buffer).setUint32(16, 0, true);
  let largest = 0;
  const source: Source = {
    size,
    read(into, offset) {
      largest = Math.max(largest, into.length);
      into.fill(0);
      if (offset + into.length === size) into.set(end, into.length - 22);
      return Promise.resolve();
    },
  };
  await assert.rejects(readZipDirectory(source), LensFileError);
  assert.ok(largest <= 4 * 1024 * 1024, `${largest} bytes at once`);
});

/** A file that is zeros but for the parts given: a record of 5 GiB without its bytes. */
function hollowSource(size: number, parts: readonly [number, Uint8Array][]): Source {
  return {
    size,
    read(into, offset) {
      into.fill(0);
      for (const [start, bytes] of parts) {
        const [from, to] = [Math.max(start, offset), Math.min(start + bytes.length, offset + into.length)];
        if (from < to) into.set(bytes.subarray(from - start, to - start), from - offset);
      }
      return Promise.resolve();
    },
  };
}

Deno.test("readZipDirectory() reads ZIP64: a record of 5 GiB and one behind it", async () => {
  const big = 5 * 2 ** 30;
  const name = (text: string) => new TextEncoder().encode(text);
  const start: [number, number][] = [[4, 0x04034b50], [2, 45], [2, 8], [2, 0], [2, 0], [2, 0], [4, 0]];
  const first = concat([fields([...start, [4, 0xffffffff], [4, 0xffffffff], [2, 3], [2, 0]]), name("a/0")]);
  const descriptor = fields([[4, 0x08074b50], [4, 7], [8, big], [8, big]]);
  const secondAt = first.length + big + descriptor.length;
  const second = concat([fields([...start, [4, 0], [4, 0], [2, 3], [2, 0]]), name("a/1"), Uint8Array.of(1, 2)]);
  const secondEnd = fields([[4, 0x08074b50], [4, 9], [4, 2], [4, 2]]);
  const directoryAt = secondAt + second.length + secondEnd.length;
  const central = (crc: number, size: number, offset: number, extra: Uint8Array) => {
    const head: [number, number][] = [[4, 0x02014b50], [2, 45], [2, 45], [2, 8], [2, 0], [2, 0], [2, 0], [4, crc]];
    return fields([...head, [4, size], [4, size], [2, 3], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [
      4,
      offset,
    ]]);
  };
  const sizes = fields([[2, 1], [2, 16], [8, big], [8, big]]);
  const place = fields([[2, 1], [2, 8], [8, secondAt]]);
  const directory = concat([
    ...[central(7, 0xffffffff, 0, sizes), name("a/0"), sizes],
    ...[central(9, 2, 0xffffffff, place), name("a/1"), place],
  ]);
  const count: [number, number][] = [[8, 2], [8, 2], [8, directory.length], [8, directoryAt]];
  const tail = concat([
    fields([[4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], ...count]),
    fields([[4, 0x07064b50], [4, 0], [8, directoryAt + directory.length], [4, 1]]),
    fields([[4, 0x06054b50], [2, 0], [2, 0], [2, 2], [2, 2], [4, directory.length], [4, 0xffffffff], [2, 0]]),
  ]);
  const source = hollowSource(directoryAt + directory.length + tail.length, [
    [0, first],
    [first.length + big, descriptor],
    [secondAt, second],
    [secondAt + second.length, secondEnd],
    [directoryAt, concat([directory, tail])],
  ]);
  assert.deepEqual(await readZipDirectory(source), [
    { name: "a/0", offset: first.length, length: big, crc32: 7 },
    { name: "a/1", offset: secondAt + 33, length: 2, crc32: 9 },
  ]);
});

Deno.test("readZipDirectory() refuses a name from an extra field in place of the header's", async () => {
  const zip = storedZip([{ name: "a/data/00", bytes: Uint8Array.of(1) }], { descriptors: false, zip64: false });
  const directory = find(zip, 0x02014b50);
  const raw = zip.slice(directory + 46, directory + 46 + 9);
  const other = new TextEncoder().encode("a/data/0");
  const extra = concat([
    fields([[2, 0x7075], [2, 5 + other.length]]),
    Uint8Array.of(1),
    fields([[4, crc32(raw)]]),
    other,
  ]);
  const at = directory + 46 + raw.length;
  const longer = concat([zip.slice(0, at), extra, zip.slice(at)]);
  const end = longer.length - 22;
  const stated = patched(patched(longer, directory + 30, 2, extra.length), end + 12, 4, end - directory);
  const legacy = patched(patched(stated, 6, 2, 0), directory + 8, 2, 0); // Only without the UTF-8 flag does it count.
  await refuses(legacy, "zip.name", /plain relative path/);
});
