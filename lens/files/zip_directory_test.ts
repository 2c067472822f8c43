import assert from "node:assert/strict";
import { concat, storedZip, type ZipInput } from "./fixtures/stored_zip.ts";
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
