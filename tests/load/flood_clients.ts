import { freshPrompt } from "./fairness.ts";
import type { FloodConnection, RawAnswer } from "./flood_connection.ts";

/** Slow clients send or read a byte this often. */
const TRICKLE_MS = 1000;
/** The longest that a timer takes. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** What a client of the flood needs. */
export interface FloodClient {
  readonly connection: FloodConnection;
  readonly key: string;
  /** Another number each time. */
  readonly turn: number;
  readonly vocabulary: number;
  /** Aborted when the flood is over: slow ones stop then. */
  readonly over: AbortSignal;
}

/** What came of an exchange: an answer, or that there is none to be had, because the client gave up. */
export type Outcome = RawAnswer | "given up" | null;

interface Kind {
  /** Of a hundred connections. */
  readonly share: number;
  /** One exchange. */
  run(client: FloodClient): Promise<Outcome>;
  /** The statuses that are right; 429 and 503 are of any. Empty: whatever. */
  readonly statuses: readonly number[];
}

const pause = (ms: number, over: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (over.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    over.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

function head(method: string, path: string, fields: Record<string, string>): string {
  const lines = Object.entries({ Host: "localhost", ...fields }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function post(client: FloodClient, path: string, body: string, keyed = true): string {
  return head("POST", path, {
    ...(keyed ? { Authorization: `Bearer ${client.key}` } : {}),
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
  }) + body;
}

const probe = (client: FloodClient, tokens = 24) =>
  JSON.stringify({ prompt: freshPrompt(tokens, client.turn, client.vocabulary), positions: "all", top_k: 3 });

/** Megabytes of answer. */
const large = (client: FloodClient) =>
  JSON.stringify({
    prompt: freshPrompt(200, client.turn, client.vocabulary),
    positions: "all",
    sites: ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"],
    top_k: 20,
  });

const ask = (text: (client: FloodClient) => string) => async (client: FloodClient): Promise<Outcome> => {
  await client.connection.send(text(client));
  return await client.connection.answer();
};

/** Sends `start`, and then a byte a second until something is answered. */
const trickle = (start: (client: FloodClient) => string, bytes: string) => async (client: FloodClient) => {
  const answered = client.connection.answer();
  let done = false;
  answered.finally(() => done = true).catch(() => {});
  await client.connection.send(start(client));
  for (let at = 0; !done && !client.over.aborted; at++) {
    if (bytes !== "") await client.connection.send(bytes[at % bytes.length]!);
    await Promise.race([pause(TRICKLE_MS, client.over), answered.catch(() => {})]);
  }
  if (done) return await answered;
  client.connection.close();
  await answered.catch(() => {});
  return "given up" as const;
};

/** Every kind of client there is; the shares are of a hundred. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "probe": { share: 14, run: ask((client) => post(client, "/probe", probe(client))), statuses: [200] },
  "stream": { share: 8, run: ask((client) => post(client, "/probe/stream", probe(client))), statuses: [200] },
  "no JSON": { share: 4, run: ask((client) => post(client, "/probe", '{"prompt": [1,')), statuses: [400] },
  "unknown member": { share: 4, run: ask((client) => post(client, "/probe", '{"promt": [1]}')), statuses: [422] },
  "no key": { share: 4, run: ask((client) => post(client, "/probe", probe(client), false)), statuses: [401] },
  "foreign path": { share: 3, run: ask(() => head("GET", "/wp-login.php", {})), statuses: [404] },
  "foreign method": { share: 2, run: ask(() => head("DELETE", "/livez", {})), statuses: [405] },
  "no HTTP": { share: 3, run: ask(() => "\x16\x03\x01\x02\x00\r\n\r\n"), statuses: [400] },
  "huge headers": {
    share: 3,
    run: ask(() => head("GET", "/livez", { Cookie: "x".repeat(40_000) })),
    statuses: [431],
  },
  "large body": {
    share: 3,
    run: ask((client) => post(client, "/probe", JSON.stringify({ prompt: "x".repeat(1_000_000) }))),
    statuses: [422],
  },
  "hang-up": {
    share: 6,
    statuses: [],
    async run(client) {
      await client.connection.send(post(client, "/probe", probe(client, 200)));
      await pause(client.turn % 200, client.over);
      client.connection.close();
      return "given up";
    },
  },
  "slow head": { share: 10, run: trickle(() => "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ", "x"), statuses: [408] },
  "half head": { share: 4, run: trickle(() => "GET /livez HTTP/1.1\r\nHo", ""), statuses: [408] },
  "slow body": {
    share: 8,
    run: trickle((client) => post(client, "/probe", " ".repeat(4000)).slice(0, -4000), " "),
    statuses: [408],
  },
  "half body": {
    share: 6,
    run: trickle((client) => post(client, "/probe", " ".repeat(1_000_000)).slice(0, -500_000), ""),
    statuses: [408],
  },
  "silent": { share: 4, run: trickle(() => "", ""), statuses: [408] },
  "slow reader": {
    share: 10,
    statuses: [],
    async run(client) {
      await client.connection.send(post(client, "/probe/stream", large(client)));
      while (!client.over.aborted && await client.connection.sip(1)) await pause(TRICKLE_MS, client.over);
      client.connection.close();
      return "given up";
    },
  },
  "idle": {
    share: 4,
    statuses: [200],
    async run(client) {
      await client.connection.send(head("GET", "/livez", {}));
      const answer = await client.connection.answer();
      await pause(FOR_EVER_MS, client.over);
      return answer;
    },
  },
};

/** What is wrong with an outcome; null: nothing. */
export function faultOf(kind: string, outcome: Outcome): string | null {
  if (outcome === "given up") return null;
  if (outcome === null) return "no answer";
  const { statuses } = KINDS[kind]!;
  const { status, contentType, body } = outcome;
  if (!statuses.includes(status) && status !== 429 && status !== 503) return `status ${status}: ${body.slice(0, 200)}`;
  try {
    if (status >= 400) {
      const { type } = JSON.parse(body);
      return contentType === "application/problem+json" && /^urn:midstream:problem:/.test(type) ? null : "no problem";
    }
    if (kind === "probe") return Array.isArray(JSON.parse(body).readouts) ? null : "no probe answer";
    if (kind === "stream") {
      const { type } = JSON.parse(body.trimEnd().split("\n").at(-1)!);
      return type === "end" || type === "error" ? null : `a stream that ends with ${type}`;
    }
    return null;
  } catch (error) {
    return `${(error as Error).message}: ${body.slice(0, 200)}`;
  }
}
