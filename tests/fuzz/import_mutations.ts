import fc from "fast-check";
import type { DroppedFile } from "../../web/formats/dropped_file.ts";
import { gzip } from "../../web/formats/testing/small_files.ts";
import { changedJson } from "./json_mutations.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One change of one file: numbers that each kind of change takes as it needs them. */
export interface Change {
  readonly kind: "bytes" | "json" | "lines" | "inside" | "files";
  readonly file: number;
  readonly op: number;
  readonly at: number;
  readonly from: number;
  readonly length: number;
  readonly inserted: Bytes;
}

// Unbiased: fast-check likes the ends of a range, where a change only breaks the beginning.
const any = fc.noBias(fc.nat({ max: 2 ** 31 - 1 }));
const text = fc.constantFrom(
  '"',
  "'",
  "\\",
  ",",
  "\n",
  "[",
  "]",
  "(",
  "{",
  "}",
  "\\u",
  "\\x",
  "NaN",
  "layer0",
  "\0",
  "\u2028",
  "<script>",
);

export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("bytes", "bytes", "json", "json", "json", "lines", "inside", "files"),
  file: fc.nat({ max: 5 }),
  op: any,
  at: any,
  from: any,
  length: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 600 })),
  inserted: fc.oneof(fc.uint8Array({ maxLength: 20 }), text.map((it) => new TextEncoder().encode(it))) as fc.Arbitrary<
    Bytes
  >,
});

/** @param other what spans are borrowed from */
export async function changed(
  files: readonly DroppedFile[],
  how: Change,
  other: readonly DroppedFile[],
): Promise<readonly DroppedFile[]> {
  const index = how.file % Math.max(1, files.length);
  const file = files[index];
  if (file === undefined) return files;
  const put = (bytes: Bytes) => files.with(index, { ...file, bytes });
  switch (how.kind) {
    case "bytes":
      return put(changedBytes(file.bytes, how, other[0]?.bytes ?? file.bytes));
    case "json":
      return put(changedText(file.bytes, (whole) => changedValue(whole, how)));
    case "lines":
      return put(changedText(file.bytes, (whole) => changedLines(whole, how)));
    case "inside":
      return put(await inside(file.bytes, how));
    case "files":
      return changedFiles(files, index, how, other);
  }
}

/** Flips, overwritten, cut, truncated, inserted, repeated and borrowed spans. */
function changedBytes(bytes: Bytes, { op, at, from, length, inserted }: Change, other: Bytes): Bytes {
  const place = at % (bytes.length + 1);
  const span = bytes.slice(from % (bytes.length + 1)).slice(0, length);
  switch (op % 7) {
    case 0:
      return spliced(bytes, place, 1, Uint8Array.of((bytes[place] ?? 0) ^ 1 << from % 8));
    case 1:
      return spliced(bytes, place, inserted.length, inserted);
    case 2:
      return spliced(bytes, place, length, new Uint8Array());
    case 3:
      return bytes.slice(0, place);
    case 4:
      return spliced(bytes, place, 0, inserted);
    case 5:
      return spliced(bytes, place, 0, span);
    default:
      return spliced(bytes, place, length, other.slice(from % (other.length + 1)).slice(0, length));
  }
}

function spliced(bytes: Bytes, at: number, removed: number, inserted: Uint8Array): Bytes {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const out = new Uint8Array(at + inserted.length + rest.length);
  out.set(bytes.subarray(0, at));
  out.set(inserted, at);
  out.set(rest, at + inserted.length);
  return out;
}

function changedText(bytes: Bytes, change: (text: string) => string): Bytes {
  return new TextEncoder().encode(change(new TextDecoder().decode(bytes)));
}

/** The JSON of the whole text, or of one of its lines. */
function changedValue(text: string, how: Change): string {
  const lines = text.split("\n");
  const line = how.length % lines.length;
  return lines.length < 3 ? changedJson(text, how) : lines.with(line, changedJson(lines[line]!, how)).join("\n");
}

/** Lines removed, repeated, moved. */
function changedLines(text: string, { op, at, from }: Change): string {
  const lines = text.split("\n");
  const one = at % lines.length;
  const two = from % lines.length;
  if (op % 3 === 0) lines.splice(one, 1);
  else if (op % 3 === 1) lines.splice(two, 0, lines[one]!);
  else [lines[one], lines[two]] = [lines[two]!, lines[one]!];
  return lines.join("\n");
}

/** The bytes that a gzip stream holds, packed again around the change. */
async function inside(bytes: Bytes, how: Change): Promise<Bytes> {
  try {
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const plain = new Uint8Array(await new Response(unpacked).arrayBuffer());
    // Some become bombs.
    return await gzip(how.op % 50 === 0 ? new Uint8Array(1_000_000) : changedBytes(plain, how, plain));
  } catch {
    return changedBytes(bytes, how, bytes);
  }
}

/** Files left out, repeated, renamed, brought from elsewhere. */
function changedFiles(
  files: readonly DroppedFile[],
  index: number,
  { op, from }: Change,
  other: readonly DroppedFile[],
) {
  const file = files[index]!;
  const names = ["meta.json", "slice.bin", "ranks/7.bin", "ranks/99999999999.bin", "", "/", file.name];
  if (op % 4 === 0) return files.toSpliced(index, 1);
  if (op % 4 === 1) return [...files, file];
  if (op % 4 === 2) return files.with(index, { ...file, name: names[from % names.length]! });
  return [...files, ...other];
}
