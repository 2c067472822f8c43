import fc from "fast-check";
import { storedZip } from "../../lens/files/write/stored_zip.ts";
import { plainRecords } from "./plain_decoder.ts";

type Bytes = Uint8Array<ArrayBuffer>;
/** What a mutation does to a file; `other` is another seed to splice from. */
export type Mutation = (bytes: Bytes, other: Bytes) => Bytes;

/** A place in a file as a share of it: anywhere, or in the first or last kilobytes, where the structure lies. */
// Unbiased: fast-check likes the ends of a range, and at byte 0 every mutation only breaks the magic.
const place = fc.noBias(fc.oneof(
  fc.nat({ max: 2 ** 31 - 1 }).map((share) => (size: number) => Math.floor(share / 2 ** 31 * size)),
  fc.nat({ max: 1023 }).map((at) => (size: number) => Math.min(at, size - 1)),
  fc.nat({ max: 1535 }).map((back) => (size: number) => Math.max(0, size - 1 - back)),
));
const byte = fc.nat({ max: 255 });
const length = fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 600 }));
/** Numbers that are near a limit of something. */
const edge = fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff);

function spliced(bytes: Bytes, at: number, removed: number, inserted: Uint8Array): Bytes {
  const out = new Uint8Array(Math.max(0, bytes.length - removed) + inserted.length);
  out.set(bytes.subarray(0, at));
  out.set(inserted, at);
  out.set(bytes.subarray(at + removed), at + inserted.length);
  return out;
}

const flip = fc.tuple(place, fc.nat({ max: 7 })).map(([at, bit]): Mutation => (bytes) => {
  const out = bytes.slice();
  const index = at(out.length);
  out[index] = (out[index] ?? 0) ^ 1 << bit;
  return out;
});

const overwrite = fc.tuple(place, edge, fc.constantFrom(1, 2, 4, 8)).map(([at, value, width]): Mutation => (bytes) => {
  const out = bytes.slice();
  for (let index = at(out.length), rest = value, n = 0; n < width && index < out.length; n++, index++, rest >>>= 8) {
    out[index] = rest;
  }
  return out;
});

const cut = fc.tuple(place, length).map(([at, count]): Mutation => (bytes) => {
  const from = at(bytes.length);
  return spliced(bytes, from, Math.min(count, bytes.length - from), new Uint8Array());
});

const truncate = place.map((at): Mutation => (bytes) => bytes.slice(0, at(bytes.length)));

const insert = fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(([at, more]): Mutation => (bytes) => {
  return spliced(bytes, at(bytes.length), 0, more);
});

const duplicate = fc.tuple(place, length, place).map(([from, count, to]): Mutation => (bytes) => {
  const start = from(bytes.length);
  return spliced(bytes, to(bytes.length), 0, bytes.slice(start, start + count));
});

const borrow = fc.tuple(place, length, place).map(([from, count, to]): Mutation => (bytes, other) => {
  const start = from(other.length);
  const piece = other.slice(start, start + count);
  const at = to(bytes.length);
  return spliced(bytes, at, Math.min(piece.length, bytes.length - at), piece);
});

/** Mutations inside a container that is written again around them, sizes and CRCs right: they reach the inner readers. */
function inRecord(pick: number, change: (data: Bytes) => Bytes): Mutation {
  return (bytes) => {
    if (bytes[0] !== 0x50) return inHeader(bytes, change);
    const records = [...plainRecords(bytes)].map(([name, data]) => ({ name, bytes: data }));
    const index = records.length === 0 ? 0 : pick % records.length;
    return storedZip(records.map((record, at) => at === index ? { ...record, bytes: change(record.bytes) } : record));
  };
}

/** The JSON header of a safetensors file, its length put right. */
function inHeader(bytes: Bytes, change: (header: Bytes) => Bytes): Bytes {
  const before = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = change(bytes.slice(8, 8 + before));
  const out = spliced(bytes, 8, Math.min(before, bytes.length - 8), header);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  return out;
}

const inner = fc.oneof(flip, overwrite, cut, insert, duplicate);
// Record 0 is the pickle in files that torch writes.
const record = fc.tuple(fc.oneof(fc.constant(0), fc.nat({ max: 30 })), inner).map(([pick, mutation]) => {
  return inRecord(pick, (data) => mutation(data, data));
});

const OPCODES = [
  ..."(.)0125BCFGIJKLMNPQRSTUVX]abcdeghijlopqrstu}",
  ..."\x80\x81\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x93\x94\x95",
];
const opcode = fc.constantFrom(...OPCODES.map((character) => character.charCodeAt(0)));
const pickleOpcode = fc.tuple(place, opcode, fc.nat({ max: 2 })).map(([at, code, removed]) => {
  return inRecord(0, (data) => spliced(data, at(data.length), Math.min(removed, data.length), Uint8Array.of(code)));
});

/** Small ints of the pickle: shapes, strides, offsets, storage sizes, layers. */
const pickleInt = fc.tuple(place, byte).map(([at, value]) => {
  return inRecord(0, (data) => {
    const found = data.indexOf(0x4b, at(data.length));
    return found < 0 ? data : spliced(data, found + 1, 1, Uint8Array.of(value));
  });
});

/** Records dropped, doubled, moved, renamed, or taken from another file. */
const records = fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 30 }), fc.nat({ max: 30 })).map(
  ([kind, one, two]): Mutation => (bytes, other) => {
    if (bytes[0] !== 0x50 || other[0] !== 0x50) return bytes;
    const list = [...plainRecords(bytes)].map(([name, data]) => ({ name, bytes: data }));
    const foreign = [...plainRecords(other)].map(([name, data]) => ({ name, bytes: data }));
    const [a, b] = [list[one % list.length], list[two % list.length]];
    if (a === undefined || b === undefined) return bytes;
    if (kind === 0) list.splice(list.indexOf(a), 1);
    else if (kind === 1) list.push(a);
    else if (kind === 2) list.splice(list.indexOf(a), 1, { ...a, name: b.name });
    else if (kind === 3) list.splice(list.indexOf(a), 1, { ...a, bytes: b.bytes });
    else list.splice(list.indexOf(a), 1, { ...a, bytes: foreign[two % foreign.length]?.bytes ?? a.bytes });
    return storedZip(list);
  },
);

/** One to three mutations, more often one. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.oneof(flip, overwrite, cut, truncate, insert, duplicate, borrow, record, record, pickleOpcode, pickleInt, records),
  { minLength: 1, maxLength: 3, size: "small" },
);
