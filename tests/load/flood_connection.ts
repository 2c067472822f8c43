import { Buffer } from "node:buffer";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Whether the connection goes on. */
  readonly keepsAlive: boolean;
}

const encoder = new TextEncoder();
/** Bytes that are read at once, at least. */
const CHUNK = 1 << 16;

/** A connection that writes what it is told, as slowly as it is told, and reads whole answers. */
export class FloodConnection {
  readonly #connection: Deno.Conn;
  /** What was read and not taken lies from `#at` to `#end`. */
  #buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  #closed = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(port: number): Promise<FloodConnection> {
    return new FloodConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @returns false where the other side has closed */
  async send(text: string): Promise<boolean> {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Reads a few bytes of whatever comes. @returns false at its end */
  async sip(bytes: number): Promise<boolean> {
    const read = await this.#connection.read(new Uint8Array(bytes)).catch(() => null);
    return read !== null;
  }

  /** The next answer, whole; null where the connection ended without a byte of one. @throws where it ended within one */
  async answer(): Promise<RawAnswer | null> {
    const head = await this.#until("\r\n\r\n");
    if (head === null) return null;
    const [line = "", ...fields] = head.split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(line)?.[1]);
    if (!status) throw new Error(`no status line: ${JSON.stringify(line)}`);
    const headers = new Headers(fields.map((field): [string, string] => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    }));
    const body = headers.get("Transfer-Encoding") === "chunked"
      ? await this.#chunks()
      : await this.#bytes(Number(headers.get("Content-Length") ?? 0));
    return {
      status,
      contentType: headers.get("Content-Type") ?? "",
      body,
      keepsAlive: headers.get("Connection") !== "close",
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #chunks(): Promise<string> {
    const parts: string[] = [];
    for (;;) {
      const line = await this.#until("\r\n");
      const size = line === null ? NaN : parseInt(line, 16);
      if (Number.isNaN(size)) throw new Error("the answer was cut off between two chunks");
      const part = await this.#bytes(size);
      if (await this.#until("\r\n") === null) throw new Error("the answer was cut off after a chunk");
      if (size === 0) return parts.join("");
      parts.push(part);
    }
  }

  /** Latin-1: the checks look at ASCII, and a chunk may end within a character. */
  async #bytes(count: number): Promise<string> {
    while (this.#end - this.#at < count) {
      if (!(await this.#more())) throw new Error(`the answer was cut off ${count - this.#end + this.#at} bytes early`);
    }
    return this.#take(count);
  }

  async #until(mark: string): Promise<string | null> {
    for (let from = this.#at;;) {
      const end = this.#buffer.subarray(0, this.#end).indexOf(mark, from, "latin1");
      if (end >= 0) {
        const text = this.#take(end - this.#at);
        this.#at += mark.length;
        return text;
      }
      const seen = Math.max(0, this.#end - this.#at - mark.length);
      if (await this.#more()) {
        from = this.#at + seen;
        continue;
      }
      if (this.#end === this.#at) return null;
      throw new Error("the answer was cut off");
    }
  }

  #take(count: number): string {
    const text = this.#buffer.toString("latin1", this.#at, this.#at + count);
    this.#at += count;
    return text;
  }

  async #more(): Promise<boolean> {
    if (this.#buffer.byteLength - this.#end < CHUNK) {
      const rest = this.#buffer.subarray(this.#at, this.#end);
      const larger = Buffer.allocUnsafe(2 * rest.byteLength + 2 * CHUNK);
      larger.set(rest);
      [this.#buffer, this.#at, this.#end] = [larger, 0, rest.byteLength];
    }
    const read = await this.#connection.read(this.#buffer.subarray(this.#end)).catch(() => null);
    this.#end += read ?? 0;
    return read !== null;
  }
}
