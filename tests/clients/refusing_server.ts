export interface RefusingServer extends AsyncDisposable {
  readonly url: string;
}

/** A problem as the document has it in its examples. */
export interface ExampleProblem {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
}

/** Answers every request below `/<name>` with the problem of that name. Those of 429 and 503 may be asked again at once. */
export function startRefusingServer(problems: ReadonlyMap<string, ExampleProblem>): RefusingServer {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.arrayBuffer();
    const name = new URL(request.url).pathname.split("/")[1] ?? "";
    const problem = problems.get(name);
    if (problem === undefined) return new Response("no such problem", { status: 400 });
    const headers = { "Content-Type": "application/problem+json", "Retry-After": "0" };
    return new Response(JSON.stringify(problem), { status: problem.status, headers });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
