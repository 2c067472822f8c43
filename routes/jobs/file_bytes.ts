import type { ByteRange } from "../lenses/byte_range.ts";

/** Bytes that are read at a time. */
const PIECE_BYTES = 256 * 1024;

/** A range of a file, in pieces. */
export async function* fileBytes(path: string, { from, to }: ByteRange): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  await file.seek(from, Deno.SeekMode.Start);
  for (let at = from; at < to;) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, to - at));
    const read = await file.read(piece);
    if (read === null) return;
    at += read;
    yield piece.subarray(0, read);
  }
}
