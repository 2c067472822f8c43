/**
 * What a client may meet between itself and a service: the first part of the path says what, the second tells one
 * meeting from another, the rest is asked of the service behind.
 *
 * - `/429,503/x/…`: refused so, each with `Retry-After: 1`, before it is let through
 * - `/keyed/x/…`: let through with `Authorization: Bearer secret` only
 * - `/gateway/x/…`: a 502 in HTML, which is no problem of the service's
 * - `/cut/x/…`: the answer ends in its middle, as if that were its end
 * - `/separators/x/…`: a text has characters that some take for the end of a line
 */
export interface DifficultService extends AsyncDisposable {
  readonly url: string;
  /** Requests that came below a path, and when each did (milliseconds). */
  asked(path: string): readonly number[];
}

export function difficultService(behind: string): DifficultService {
  const times = new Map<string, number[]>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const [, difficulty = "", name, ...rest] = pathname.split("/");
    const asked = times.get(`${difficulty}/${name}`) ?? [];
    times.set(`${difficulty}/${name}`, [...asked, performance.now()]);
    const status = Number(difficulty.split(",")[asked.length]);
    if (status > 0) return refusal(status);
    if (difficulty === "gateway") {
      return new Response("<h1>Bad Gateway</h1>", { status: 502, statusText: "Bad Gateway" });
    }
    if (difficulty === "keyed" && request.headers.get("authorization") !== "Bearer secret") return refusal(401);
    const { method, body } = request;
    const headers = new Headers(request.headers);
    headers.delete("host");
    const answer = await fetch(`${behind}/${rest.join("/")}${search}`, { method, headers, body });
    if (difficulty === "cut") return new Response((await answer.text()).slice(0, 5000));
    if (difficulty === "separators") return new Response((await answer.text()).replaceAll("girl", "\u2028\u0085"));
    return answer;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked: (path) => times.get(path) ?? [],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** In the form of the service's own: see the component Problem of the document. */
function refusal(status: number): Response {
  const problem = {
    type: "urn:midstream:problem:queue-full",
    title: "Come again",
    status,
    detail: "later",
    instance: "",
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: { "content-type": "application/problem+json", ...(status === 401 ? {} : { "retry-after": "1" }) },
  });
}
