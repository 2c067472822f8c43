/** Which promise about a model folder was broken; stable, for tests and problem documents. */
export type CheckpointRule =
  | "file" // a file is missing, unreadable, too large, or changed while it was read
  | "magic" // another kind of file under this name
  | "json" // not JSON, or JSON with a duplicate key
  | "config.missing"
  | "config.value"
  | "config.unsupported"
  | "st.header"
  | "st.tensor" // one entry of a safetensors header
  | "st.bytes" // overlapping, unaligned or unowned bytes
  | "gguf.magic"
  | "gguf.version"
  | "gguf.header"
  | "gguf.limit" // longer or more than is read, or than the file has room for
  | "gguf.tensor" // one entry of a GGUF's tensor table
  | "gguf.type" // a block type that is not read
  | "gguf.bounds" // outside the file, overlapping, unaligned or unowned bytes
  | "model.index"
  | "model.missing"
  | "model.shape"
  | "model.dtype"
  | "model.unexpected";

/** A model (or safetensors) file that is refused. The message says what was wrong and what would be right. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";

  /**
   * @param rule which promise was broken
   * @param file base name of the file at fault, never a path
   * @param reason what was wrong, and what would be right
   */
  constructor(readonly rule: CheckpointRule, readonly file: string, readonly reason: string) {
    super(`${file}: ${reason}`);
  }
}

/** Longest piece of a file's own text that a message repeats, in characters. */
const MAX_QUOTED = 120;

/** A value out of a file, fit for one line of a message: JSON, cut to {@link MAX_QUOTED} characters. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value.slice(0, MAX_QUOTED + 1) : value;
  const json = JSON.stringify(text) ?? String(text);
  return json.length > MAX_QUOTED + 2 ? `${json.slice(0, MAX_QUOTED)}…` : json;
}
