const NEWLINE = 10;
const CHUNK_BYTES = 256 * 1024;

/** A line of a file, without its end. */
export interface FileLine {
  readonly bytes: Uint8Array;
  /** Offset in the file of the byte after its end. */
  readonly end: number;
}

/**
 * The whole lines of a file from an offset on; what follows the last line end is left out. Memory: a chunk and a line.
 * @param from offset of the first byte of a line
 */
export async function* fileLines(file: Deno.FsFile, from = 0): AsyncGenerator<FileLine> {
  let rest: Uint8Array[] = [];
  let at = await file.seek(from, Deno.SeekMode.Start);
  while (true) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const read = await file.read(chunk);
    if (read === null) return;
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < read; end = chunk.indexOf(NEWLINE, begin)) {
      yield { bytes: joined([...rest, chunk.subarray(begin, end)]), end: at + end + 1 };
      rest = [];
      begin = end + 1;
    }
    if (begin < read) rest.push(chunk.subarray(begin, read));
    at += read;
  }
}

/** Bytes of the whole lines of a file: up to its last line end, looked for from the end. */
export async function wholeLineBytes(file: Deno.FsFile): Promise<number> {
  let end = (await file.stat()).size;
  const chunk = new Uint8Array(CHUNK_BYTES);
  while (end > 0) {
    const begin = Math.max(0, end - CHUNK_BYTES);
    const piece = chunk.subarray(0, end - begin);
    await file.seek(begin, Deno.SeekMode.Start);
    for (let at = 0; at < piece.length;) at += await file.read(piece.subarray(at)) ?? piece.length;
    const last = piece.lastIndexOf(NEWLINE);
    if (last >= 0) return begin + last + 1;
    end = begin;
  }
  return 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
