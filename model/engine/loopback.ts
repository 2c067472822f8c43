/** Two sockets of this process that are connected to each other. */
export class Loopback {
  readonly #byte = new Uint8Array(1);

  private constructor(readonly near: Deno.TcpConn, readonly far: Deno.TcpConn) {}

  /** @throws where the system has no loopback */
  static async open(): Promise<Loopback> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    near.setNoDelay(true);
    return new Loopback(near, await accepted);
  }

  /**
   * Sends a byte from one to the other: the event loop has looked at all its sockets when it is there. An immediate keeps the
   * loop busy instead, and a timer keeps everybody waiting for two milliseconds; this takes thirty microseconds.
   */
  async turn(): Promise<void> {
    // The read comes first: it waits for the loop, where one that finds the byte would not. Once they are closed nobody waits.
    await Promise.allSettled([this.far.read(this.#byte), this.near.write(Uint8Array.of(1))]);
  }

  close(): void {
    this.near.close();
    this.far.close();
  }
}
