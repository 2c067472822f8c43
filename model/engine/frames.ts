/**
 * Frames: the unit of an answer between the engine process and its parent.
 *
 *     u32 header length · u32 payload length · header (JSON, UTF-8) · payload (raw bytes)
 *
 * Numbers are little-endian, as on every platform Deno runs on, so that typed arrays travel as they lie in memory.
 */

/** A header is a few numbers and names; arrays belong in the payload. */
const MAX_HEADER_BYTES = 64 * 1024;
/** One position of a model with 130 blocks, 5 sites, top 1000 and statistics is below 8 MiB; the rest is margin. */
const MAX_PAYLOAD_BYTES = 1024 * 1024 * 1024;
const PREFIX_BYTES = 8;

export interface OutgoingFrame {
  readonly header: Readonly<Record<string, unknown>>;
  /** Written one after the other. */
  readonly payload: readonly ArrayBufferView[];
}

export interface Frame {
  readonly header: unknown;
  /** A copy of its own from byte 0 of its buffer, so that a typed array of any element size may lie on it. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The other side does not speak this protocol. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** Collects encoded frames into one chunk. */
export class FrameWriter {
  #bytes = new Uint8Array(16 * 1024);
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** Bytes waiting to be taken. */
  get length(): number {
    return this.#length;
  }

  write({ header, payload }: OutgoingFrame): void {
    const text = JSON.stringify(header);
    let payloadBytes = 0;
    for (const part of payload) payloadBytes += part.byteLength;
    // UTF-8 takes at most three bytes for a UTF-16 code unit.
    this.#reserve(PREFIX_BYTES + text.length * 3 + payloadBytes);
    const start = this.#length;
    const headerBytes = this.#encoder.encodeInto(text, this.#bytes.subarray(start + PREFIX_BYTES)).written;
    const prefix = new DataView(this.#bytes.buffer, start, PREFIX_BYTES);
    prefix.setUint32(0, headerBytes, true);
    prefix.setUint32(4, payloadBytes, true);
    let at = start + PREFIX_BYTES + headerBytes;
    for (const part of payload) {
      this.#bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
      at += part.byteLength;
    }
    this.#length = at;
  }

  /** The chunk collected so far; the writer keeps no hold on it. */
  take(): Uint8Array<ArrayBuffer> {
    const chunk = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.#length = 0;
    return chunk;
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Cuts a stream of bytes, in chunks of any size, into frames. */
export class FrameReader {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  /** True when bytes of an unfinished frame are left. */
  get inside(): boolean {
    return this.#end > this.#start;
  }

  /** Takes the next bytes of the stream; they must not change afterwards. */
  push(chunk: Uint8Array<ArrayBuffer>): void {
    if (!this.inside) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    const left = this.#bytes.subarray(this.#start, this.#end);
    const wanted = left.length + chunk.length;
    if (this.#end + chunk.length > this.#bytes.length) {
      // Room for the whole frame at once, so that a large one is not copied with every chunk.
      const grown = new Uint8Array(Math.max(wanted * 2, this.#frameBytes() ?? 0));
      grown.set(left);
      this.#bytes = grown;
      this.#start = 0;
      this.#end = left.length;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next whole frame, or undefined when more bytes are needed.
   * @throws {FrameError} when the lengths or the header cannot be right
   */
  next(): Frame | undefined {
    const frameBytes = this.#frameBytes();
    if (frameBytes === undefined || this.#end - this.#start < frameBytes) return undefined;
    const headerStart = this.#start + PREFIX_BYTES;
    const headerEnd = headerStart + this.#prefix().headerBytes;
    const header = this.#parse(this.#bytes.subarray(headerStart, headerEnd));
    const payload = this.#bytes.slice(headerEnd, this.#start + frameBytes);
    this.#start += frameBytes;
    return { header, payload };
  }

  #frameBytes(): number | undefined {
    if (this.#end - this.#start < PREFIX_BYTES) return undefined;
    const { headerBytes, payloadBytes } = this.#prefix();
    if (headerBytes > MAX_HEADER_BYTES || payloadBytes > MAX_PAYLOAD_BYTES) {
      throw new FrameError(`a frame of ${headerBytes} + ${payloadBytes} bytes is beyond the protocol's limits`);
    }
    return PREFIX_BYTES + headerBytes + payloadBytes;
  }

  #prefix(): { headerBytes: number; payloadBytes: number } {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#start, PREFIX_BYTES);
    return { headerBytes: view.getUint32(0, true), payloadBytes: view.getUint32(4, true) };
  }

  #parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch (error) {
      throw new FrameError("the header of a frame is not JSON", { cause: error });
    }
  }
}
