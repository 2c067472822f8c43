import { isObject, type Json, member } from "../../openapi/json.ts";
import { laidOut } from "./shorten.ts";

/** A route as a page shows it. */
export interface Route {
  readonly operationId: string;
  /** `POST /probe`. */
  readonly title: string;
  readonly tag: string;
  readonly prose: string;
  /** One for each form of the answer, to be pasted beside a clone of the repository. */
  readonly curls: readonly string[];
  /** Within its tag what makes things is asked first, 0, what follows them to their end next, and what deletes them last, 2. */
  readonly turn: number;
  /** What of the answer other routes take as a parameter: shell variable → JSON pointer, from the document's links. */
  readonly gives: Readonly<Record<string, string>>;
}

/** What the document cannot say of a curl: a file to send, and where an answer goes that is no text. */
interface Files {
  readonly send?: string;
  readonly into?: string;
  readonly remark?: string;
}

const FILES: Readonly<Record<string, Files>> = {
  putLens: { send: "demo/lenses/jacobian.pt" },
  createActivations: { into: "states.safetensors" },
  getLensWeights: { into: "mine.pt" },
  createImport: { remark: "Here a stand-in for the hub answered, which has the demo's lens." },
};

/** What every route may answer. */
export const REFUSALS: Route = {
  operationId: "refusals",
  title: "What every route may answer",
  tag: "refusals",
  prose: "A wrong member, a method that the path does not take, a path that is not there.",
  curls: [
    `curl localhost:8000/probe --json '{"prompt": "Tom and Lily", "layers": [99], "top": 5}'`,
    "curl -X DELETE localhost:8000/probe",
    "curl localhost:8000/nothing",
  ],
  turn: 0,
  gives: {},
};

/** Where the service of the README listens. */
export const ADDRESS = "localhost:8000";
const CREATES = ["put", "post"];

/**
 * Every operation of a document, by tag, in an order in which they can be asked. A new one joins by itself: its curl is made of its examples.
 * @throws {Error} where an operation lacks what its curl needs, naming it
 */
export function routesOf(document: Json): Route[] {
  const operations = Object.entries(member(document, "paths")).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([method, operation]) => ({ method, path, operation: operation as Json }))
  );
  const tags = (document.tags as Json[]).map(({ name }) => name);
  // Where the path above is posted to, the service makes the id.
  const posted = operations.filter(({ method }) => method === "post").map(({ path }) => path);
  const madeHere = (path: string, name: string) => posted.some((above) => path.startsWith(`${above}/{${name}}`));
  const routes = operations.map(({ method, path, operation }) => {
    const operationId = String(operation.operationId);
    const { remark } = FILES[operationId] ?? {};
    return {
      operationId,
      title: `${method.toUpperCase()} ${path}`,
      tag: (operation.tags as string[])[0]!,
      prose: [`${operation.summary}.`, operation.description as string, ...(remark ? [remark] : [])].join(" "),
      curls: answerTypes(operation).map((type, at) => curl(method, path, operation, type, at === 0, madeHere)),
      turn: turnOf(method, operation),
      gives: given(operation, document),
    };
  });
  const rank = ({ tag, turn }: Route) => 3 * tags.indexOf(tag) + turn;
  return routes.toSorted((one, other) => rank(one) - rank(other));
}

/** Media types of the first successful answer that is whole; one undefined where there is no body. */
function answerTypes({ responses }: Json): (string | undefined)[] {
  const [, first] = Object.entries(responses as Json).find(([status]) => /^2/.test(status)) ?? [];
  const types = isObject(first) && isObject(first.content) ? Object.keys(first.content) : [];
  return types.length > 0 ? types : [undefined];
}

/** What makes things, what follows them to their end, what tells of them, what deletes them. */
function turnOf(method: string, operation: Json): number {
  if (CREATES.includes(method)) return 0;
  if (method === "delete") return 2;
  return answerTypes(operation)[0] === "application/x-ndjson" ? 0.5 : 1;
}

function curl(
  method: string,
  path: string,
  operation: Json,
  type: string | undefined,
  isDefault: boolean,
  madeHere: (path: string, name: string) => boolean,
): string {
  const { send, into } = FILES[String(operation.operationId)] ?? {};
  const { address, headers } = addressOf(path, operation, (name) => madeHere(path, name));
  const body = bodyOf(operation, send);
  const implied = body === undefined ? "get" : body.startsWith("-T") ? "put" : "post";
  const output = into ?? `${operation.operationId}.bin`;
  return [
    "curl",
    ...(type === "application/x-ndjson" ? ["-N"] : []),
    ...(method === implied ? [] : ["-X", method.toUpperCase()]),
    address,
    ...headers,
    ...(isDefault || type === undefined ? [] : ["-H", quoted(`Accept: ${type}`)]),
    ...(type === "application/octet-stream" ? ["-o", output] : []),
    ...(body === undefined ? [] : [body]),
  ].join(" ");
}

/** Parameters with an example, and every one that must be there; an id that the service makes is a shell variable. */
function addressOf(
  path: string,
  operation: Json,
  madeHere: (name: string) => boolean,
): { address: string; headers: string[] } {
  let address = `${ADDRESS}${path}`;
  const query: string[] = [];
  const headers: string[] = [];
  for (const parameter of (operation.parameters ?? []) as Json[]) {
    const { name, example, required } = parameter;
    if (example === undefined && required !== true) continue;
    const place = String(parameter.in);
    const value = example === undefined || madeHere(String(name)) ? `$${name}` : encodeURIComponent(String(example));
    if (place === "path") address = address.replace(`{${name}}`, value);
    else if (place === "query") query.push(`${name}=${value}`);
    else headers.push("-H", quoted(`${name}: ${example}`));
  }
  return { address: query.length > 0 ? `"${address}?${query.join("&")}"` : address, headers };
}

function bodyOf({ operationId, requestBody }: Json, send: string | undefined): string | undefined {
  if (!isObject(requestBody)) return undefined;
  if (send !== undefined) return `-T ${send}`;
  const json = member(requestBody, "content")["application/json"];
  const examples = isObject(json) && isObject(json.examples) ? Object.values(json.examples) : [];
  const first = examples.map((each) => (each as Json).value)[0];
  const example = isObject(json) ? json.example ?? first : undefined;
  if (example === undefined) {
    throw new Error(
      `${operationId} has no example of its body: put one into scripts/examples.ts, or a file into FILES`,
    );
  }
  return `--json ${quoted(laidOut(example, "", "curl".length + ADDRESS.length))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Parameters of other operations that links take from the body of this one's answer, where they have no example. */
function given({ responses }: Json, document: Json): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [status, response] of Object.entries(responses as Json)) {
    if (!/^2/.test(status) || !isObject(response) || !isObject(response.links)) continue;
    for (const link of Object.values(response.links)) {
      const target = resolved(link as Json, document);
      for (const [name, expression] of Object.entries(isObject(target.parameters) ? target.parameters : {})) {
        const pointer = /^\$response\.body#(\/.+)$/.exec(String(expression))?.[1];
        if (pointer !== undefined) found[name.replace(/^path\./, "")] = pointer;
      }
    }
  }
  return found;
}

function resolved(link: Json, document: Json): Json {
  if (typeof link.$ref !== "string") return link;
  return member(document, ...link.$ref.replace(/^#\//, "").split("/"));
}
