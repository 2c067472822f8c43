import type { Client, Exchange, OperationRequest } from "../client.ts";
import type { Operation, Parameter } from "../document/operation.ts";
import type { ServedDocument } from "../document/served_document.ts";

/** Methods that fetch can send, one that nobody knows among them. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];
/** Methods that HTTP answers by itself where there is GET, or always. */
const OF_HTTP = ["HEAD", "OPTIONS"];

/** What is wrong with how a path answers a method that the document does not give it: it must be 405, with Allow. */
export async function unsupportedMethod(
  client: Client,
  { operations }: ServedDocument,
  request: OperationRequest,
): Promise<string[]> {
  const documented = operations.filter(({ path }) => path === request.operation.path).map(({ method }) => method);
  const faults: string[] = [];
  for (const method of METHODS.filter((it) => !documented.includes(it) && !OF_HTTP.includes(it))) {
    const { answer } = await client.send({ ...withoutBody(request), method });
    const allow = answer.headers.get("allow")?.split(",").map((it) => it.trim()) ?? [];
    const missing = documented.filter((it) => !allow.includes(it));
    const invented = allow.filter((it) => !documented.includes(it) && !OF_HTTP.includes(it));
    if (answer.status !== 405) faults.push(`${method} is answered with ${answer.status}, not 405`);
    else if (missing.length + invented.length > 0) faults.push(`${method}: Allow is ${allow.join(", ") || "missing"}`);
    else if (answer.mediaType !== "application/problem+json") {
      faults.push(`${method}: 405 comes as ${answer.mediaType}`);
    }
  }
  return faults;
}

/** What is wrong with how a request without a header that it must have is answered: with 400, 401, 406, 415 or 422. */
export async function missingRequiredHeader(client: Client, request: OperationRequest): Promise<string[]> {
  const faults: string[] = [];
  for (const { name } of request.operation.parameters.filter(isRequiredHeader)) {
    const others = Object.entries(request.headers).filter(([it]) => it.toLowerCase() !== name.toLowerCase());
    const { answer: { status } } = await client.send({ ...request, headers: Object.fromEntries(others) });
    if (![400, 401, 406, 415, 422].includes(status)) faults.push(`without the header ${name} the answer is ${status}`);
  }
  return faults;
}

const isRequiredHeader = (parameter: Parameter) => parameter.in === "header" && parameter.required;

/** What is wrong with how a request without a key, or with a wrong one, is answered: an operation that wants one says 401. */
export async function ignoredAuth(
  anonymous: Client,
  { operation, ...request }: OperationRequest & { readonly operation: Operation },
): Promise<string[]> {
  if (!operation.secured) return [];
  const faults: string[] = [];
  for (
    const [how, headers] of [["without a key", {}], ["with a wrong key", { authorization: "Bearer wrong" }]] as const
  ) {
    const sent = { ...request, operation, headers: { ...request.headers, ...headers } };
    const { answer } = await patient(anonymous, sent);
    if (answer.status !== 401) faults.push(`${how} the answer is ${answer.status}, not 401`);
    else if (!answer.headers.has("www-authenticate")) faults.push(`${how}: 401 without WWW-Authenticate`);
    else if (!operation.responses.has("401")) faults.push(`${how}: 401 is not in the document`);
  }
  return faults;
}

/** Asks again where too many have come without a key, once the time has passed that the answer says. */
async function patient(client: Client, request: OperationRequest): Promise<Exchange> {
  const exchange = await client.send(request);
  const { status, headers } = exchange.answer;
  if (status !== 429) return exchange;
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(headers.get("retry-after") ?? 1)));
  return await client.send(request);
}

function withoutBody({ body: _, headers: { "content-type": __, ...headers }, ...request }: OperationRequest) {
  return { ...request, headers };
}
