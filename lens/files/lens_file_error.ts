/** Which promise about a lens file was broken; stable, for tests and problem documents. */
export type LensFileRule =
  | "file" // the file ended or changed while it was read
  | "magic" // another kind of file under this name
  | "zip.eocd" // no (single, sound) central directory: truncated, or two files in one
  | "zip.structure" // headers that disagree, overlapping or unowned bytes
  | "zip.method" // compressed or encrypted
  | "zip.name"
  | "zip.layout" // not the records of a torch file or npz
  | "zip.crc"
  | "zip.limit"
  | "pt.byteorder"
  | "pickle.opcode"
  | "pickle.global"
  | "pickle.structure"
  | "pickle.limit"
  | "npy.header"
  | "st.header"
  | "st.json"
  | "tensor.dtype"
  | "tensor.shape"
  | "tensor.storage"
  | "tensor.bounds"
  | "tensor.value"
  | "lens.kind" // a lens, or something near one, of a kind that is not read
  | "lens.keys"
  | "lens.value"
  | "lens.shape"
  | "lens.config"
  | "jlens.layers"
  | "jlens.provenance";

/** A lens file that is refused. The message names the record, tensor, key or opcode, and what would be right. */
export class LensFileError extends Error {
  override readonly name = "LensFileError";

  constructor(readonly rule: LensFileRule, message: string) {
    super(message);
  }
}

/** Longest piece of a file's own text that a message repeats, in characters. */
const MAX_QUOTED = 80;

/** A name out of a file for one line of a message: control characters as dots, cut to {@link MAX_QUOTED} characters. */
export function shown(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return cut.replaceAll(/[\p{C}`]/gu, "·");
}

/** `[4096, 4096]`. */
export function shownShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
