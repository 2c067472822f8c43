import { CheckpointError, type CheckpointRule } from "../checkpoint_error.ts";

/** The bytes at hand end here, and the file goes on: read more of it and begin again. */
export class NeedsMore extends Error {}

/** Longest string of a header that is decoded, in bytes: chat templates have thousands, a token tens. */
const MAX_STRING_BYTES = 4 * 1024 * 1024;

/** Reads little-endian values from the start of a GGUF file, each of them only after a look at how much is there. */
export class GgufCursor {
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  at = 0;

  /**
   * @param bytes the first bytes of the file
   * @param fileSize bytes of the whole file
   * @param file base name, for messages
   */
  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly fileSize: number, readonly file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fault(rule: CheckpointRule, reason: string): CheckpointError {
    return new CheckpointError(rule, this.file, reason);
  }

  /** Bytes of the file after this point. */
  get left(): number {
    return this.fileSize - this.at;
  }

  /** Moves over `length` bytes and says where they begin. @param what for the message, e.g. `the string x` */
  take(length: number, what: string): number {
    if (length > this.left) {
      throw this.fault(
        "gguf.limit",
        `truncated: ${what} takes ${length} bytes at byte ${this.at}, ${this.left} are left`,
      );
    }
    const start = this.at;
    if (start + length > this.bytes.length) throw new NeedsMore();
    this.at += length;
    return start;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.take(1, what));
  }
  i8(what: string): number {
    return this.#view.getInt8(this.take(1, what));
  }
  u16(what: string): number {
    return this.#view.getUint16(this.take(2, what), true);
  }
  i16(what: string): number {
    return this.#view.getInt16(this.take(2, what), true);
  }
  u32(what: string): number {
    return this.#view.getUint32(this.take(4, what), true);
  }
  i32(what: string): number {
    return this.#view.getInt32(this.take(4, what), true);
  }
  f32(what: string): number {
    return this.#view.getFloat32(this.take(4, what), true);
  }
  f64(what: string): number {
    return this.#view.getFloat64(this.take(8, what), true);
  }
  u64(what: string): bigint {
    return this.#view.getBigUint64(this.take(8, what), true);
  }
  i64(what: string): bigint {
    return this.#view.getBigInt64(this.take(8, what), true);
  }

  /** A u64 that counts things of at least `bytesEach` bytes: no more than the rest of the file has room for. */
  count(what: string, bytesEach: number, most: number): number {
    const count = this.u64(what);
    if (count > BigInt(Math.min(most, Math.floor(this.left / bytesEach)))) {
      const reason = count > BigInt(most) ? `at most ${most} are read` : `only ${this.left} bytes are left`;
      throw this.fault("gguf.limit", `${what} is ${count}, and ${reason} (truncated?)`);
    }
    return Number(count);
  }

  /** A u64 length and that many bytes of UTF-8. */
  string(what: string): string {
    const length = this.count(`the length of the string ${what}`, 1, MAX_STRING_BYTES);
    const start = this.take(length, `the string ${what}`);
    try {
      return this.#utf8.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.fault("gguf.header", `the string ${what} at byte ${start} is not UTF-8`);
    }
  }
}
