/** Bytes `from` up to `to` of a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The one range that a Range header asks for (RFC 9110, 14). Several ranges, another unit or nonsense are as no header:
 * a server may always answer with the whole.
 *
 * @param size bytes of the whole
 * @returns null for the whole; "unsatisfiable" where no byte of it is there
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange | null | "unsatisfiable" {
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? "unsatisfiable" : { from: size - suffix, to: size };
  }
  const from = Number(first);
  const end = last === "" ? Infinity : Number(last);
  if (end < from) return null;
  return from >= size ? "unsatisfiable" : { from, to: Math.min(size, end + 1) };
}
