export interface BusyServer extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds at which each request came. */
  readonly asked: readonly number[];
}

/** Refuses the first request with 429 and the second with 503, both to come again after a second, and passes on the others. */
export function startBusyServer(serviceUrl: string): BusyServer {
  const asked: number[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    asked.push(performance.now());
    const status = [429, 503][asked.length - 1];
    const { pathname, search } = new URL(request.url);
    // Read whole first: a client that is refused before may see a broken connection instead.
    const body = await request.arrayBuffer();
    if (status !== undefined) {
      const headers = { "Content-Type": "application/problem+json", "Retry-After": "1" };
      return new Response('{"detail":"not now"}', { status, headers });
    }
    const headers = new Headers(request.headers);
    headers.delete("Host");
    return await fetch(`${serviceUrl}${pathname}${search}`, { method: request.method, headers, body });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
