/** One thing that a shelf does against its document. */
export type ShelfFault =
  | "fails"
  | "statusUndocumented"
  | "wrongMediaType"
  | "headerMissing"
  | "headerMalformed"
  | "memberDropped"
  | "frameMalformed"
  | "streamCut"
  | "boundIgnored"
  | "unknownMemberTaken"
  | "malformedJsonTaken"
  | "mediaTypeIgnored"
  | "patternIgnored"
  | "rightRefused"
  | "reasonNotNeeded"
  | "everyMethod"
  | "allowMissing"
  | "keptAfterDeletion"
  | "lostAfterCreation"
  | "noteLostAfterCreation"
  | "keyNotAsked";

export const SHELF_KEY = { authorization: "Bearer right" };

/** A service as small as shows every check, as `shelf_document.ts` says, but for one fault. */
export function shelf(fault?: ShelfFault): (request: Request) => Promise<Response> {
  const things = new Set(["first"]);
  let notes = 0;
  const is = (wanted: ShelfFault) => fault === wanted;

  type Answers = Readonly<Record<string, (request: Request, body: Uint8Array, id: string) => Response>>;
  const get: Answers[string] = (_, __, id) =>
    things.has(id) ? Response.json(is("memberDropped") ? {} : { id }) : refusal(404);
  const remove: Answers[string] = (_, __, id) => {
    const there = things.has(id);
    if (!is("keptAfterDeletion")) things.delete(id);
    return there ? new Response(null, { status: 204 }) : refusal(404);
  };
  const ofPath: Readonly<Record<string, Answers>> = {
    "/things": { GET: () => Response.json({ things: [...things].map((id) => ({ id })) }) },
    "/things/{id}": {
      GET: get,
      DELETE: remove,
      PUT: (request, _, id) => {
        if (!/^[a-z0-9-]{1,20}$/.test(id) && !is("patternIgnored")) return refusal(422);
        if (request.headers.get("content-type") !== "application/octet-stream") return refusal(415);
        if (!is("lostAfterCreation")) things.add(id);
        return Response.json({ id }, {
          status: 201,
          headers: is("headerMissing") ? {} : { Location: `/things/${id}` },
        });
      },
    },
    "/notes/{id}": { GET: get, DELETE: remove },
    "/notes": {
      POST: (request, body) => {
        const counted = count(request, body, false);
        if (!counted.ok) return counted;
        const id = `note-${++notes}`;
        if (!is("noteLostAfterCreation")) things.add(id);
        return Response.json({ id }, { status: 201, headers: { Location: `/notes/${id}` } });
      },
    },
    "/count": { POST: (request, body) => count(request, body) },
    "/lines": {
      GET: () => {
        const number = JSON.stringify({ type: "number", n: is("frameMalformed") ? "1" : 1 });
        const end = is("streamCut") ? "" : '{"type":"end"}\n';
        return new Response(`${number}\n${end}`, { headers: { "content-type": "application/x-ndjson" } });
      },
    },
    "/secret": {
      GET: ({ headers }) =>
        headers.get("authorization") === SHELF_KEY.authorization || is("keyNotAsked")
          ? Response.json({ n: 1 })
          : refusal(401, { "WWW-Authenticate": "Bearer" }),
    },
  };

  return async (request) => {
    const { pathname } = new URL(request.url);
    const body = await request.bytes();
    const [, of, id] = /^\/(things|notes)\/([^/]+)$/.exec(pathname) ?? [];
    const route = id === undefined ? pathname : `/${of}/{id}`;
    const answer = ofPath[route]?.[request.method];
    if (answer) return answer(request, body, decodeURIComponent(id ?? ""));
    const methods = Object.keys(ofPath[route] ?? {});
    if (is("everyMethod")) return Response.json({});
    return refusal(405, is("allowMissing") ? {} : { Allow: methods.join(", ") });
  };

  function count({ headers }: Request, body: Uint8Array, reasoned = true): Response {
    if (headers.get("content-type") !== "application/json" && !is("mediaTypeIgnored")) return refusal(415);
    if (reasoned && !/^[a-z]{1,8}$/.test(headers.get("x-reason") ?? "") && !is("reasonNotNeeded")) return refusal(422);
    const read = parsed(body);
    if (read === undefined && !is("malformedJsonTaken")) return refusal(400);
    const { n, word = "", ...others } = (read ?? { n: 1 }) as { n?: unknown; word?: unknown };
    const right = Number.isInteger(n) && Number(n) >= 1 && (Number(n) <= 10 || is("boundIgnored")) &&
      typeof word === "string" && [...word].length <= 5 && !Array.isArray(read) &&
      (Object.keys(others).length === 0 || is("unknownMemberTaken"));
    if (!right || (is("rightRefused") && n === 3)) return refusal(422);
    if (is("fails") && n === 2) return refusal(500);
    return Response.json({ n }, {
      status: is("statusUndocumented") && n === 2 ? 202 : 200,
      headers: {
        "X-Count": is("headerMalformed") ? "many" : String(n),
        ...(is("wrongMediaType") ? { "content-type": "text/json" } : {}),
      },
    });
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) ?? [];
  } catch {
    return undefined;
  }
}

function refusal(status: number, headers: Record<string, string> = {}): Response {
  const problem = JSON.stringify({ type: "urn:shelf:refused", status });
  return new Response(problem, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}
