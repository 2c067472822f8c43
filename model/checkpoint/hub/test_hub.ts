import { createHash } from "node:crypto";
import type { HubSettings } from "./settings.ts";
import { Token } from "./token.ts";

/** A repository that a {@link TestHub} has. */
export interface TestRepository {
  /** As in an address: `owner/name`, `spaces/owner/name`. */
  readonly id: string;
  /** Files by commit. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  /** Branches and tags. */
  readonly refs: Readonly<Record<string, string>>;
  readonly gated?: boolean;
}

export const COMMIT_A = "a".repeat(40);
export const COMMIT_B = "b".repeat(40);
export const GOOD_TOKEN = "hf_aTokenThatMayReadEverything";

/** Two entries a page, so that a listing of three takes two. */
const PAGE = 2;

/** What the next answers do wrong. */
interface Faults {
  /** Bytes of a file's body after which connections break off, one number for each of the next bodies. */
  cutAfter: number[];
  /** Statuses that the next requests get. */
  statuses: number[];
  /** Paths whose bodies have one bit changed. */
  corrupt: Set<string>;
  /** Bodies are whole, whatever range is asked for. */
  ignoreRange: boolean;
  /** Bodies stop coming after their first half, and the connection stays. */
  stall: boolean;
}

/**
 * A small hub on loopback, with the paths, headers and redirects of the real one (huggingface_hub's tests and sources);
 * large files come from a second server, as the real ones do. Tests only.
 */
export class TestHub implements AsyncDisposable {
  /** `METHOD path` of every request to the hub, without the query. */
  readonly requests: string[] = [];
  /** Bytes of file bodies handed to the network. */
  bytesServed = 0;
  /** Authorization headers that reached the large files' server: none should. */
  readonly leaked: string[] = [];
  readonly faults: Faults = { cutAfter: [], statuses: [], corrupt: new Set(), ignoreRange: false, stall: false };
  readonly #hub: Deno.HttpServer<Deno.NetAddr>;
  readonly #large: Deno.HttpServer<Deno.NetAddr>;
  readonly #stalled: AbortController = new AbortController();

  constructor(private readonly repositories: readonly TestRepository[]) {
    const loopback = { port: 0, hostname: "127.0.0.1", onListen() {} };
    this.#hub = Deno.serve(loopback, (request) => this.#answer(request));
    this.#large = Deno.serve(loopback, (request) => this.#answerLarge(request));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  settings(cacheFolder: string, more: Partial<HubSettings> & { signedIn?: boolean } = {}): HubSettings {
    const { signedIn = false, ...rest } = more;
    const token = signedIn ? new Token(GOOD_TOKEN) : null;
    return { cacheFolder, endpoint: this.endpoint, token, offline: false, ...rest };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stalled.abort();
    await Promise.all([this.#hub.shutdown(), this.#large.shutdown()]);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = decodeURIComponent(url.pathname);
    this.requests.push(`${request.method} ${path}`);
    const status = this.faults.statuses.shift();
    if (status !== undefined) return new Response(null, { status });
    const authorization = request.headers.get("Authorization");
    const known = authorization === `Bearer ${GOOD_TOKEN}`;
    if (authorization !== null && !known) return refused(401, "", "Invalid credentials in Authorization header");
    const route =
      /^\/(?:api\/)?(?:(models|spaces|datasets)\/)?([^/]+\/[^/]+)\/(revision|paths-info|tree|resolve)\/(.+)$/
        .exec(path);
    if (route === null) return new Response("no such page", { status: 404 });
    const [, type = "models", name, verb, rest = ""] = route;
    const repository = this.repositories.find(({ id }) => id === (type === "models" ? name : `${type}/${name}`));
    if (repository === undefined) return refused(known ? 404 : 401, "RepoNotFound");
    const [commit, below] = resolveRevision(repository, rest);
    const files = repository.commits[commit ?? ""];
    if (commit === null || files === undefined) return refused(404, "RevisionNotFound");
    if (verb === "revision") return Response.json({ _id: "1", id: name, sha: commit, lastModified: "2026-01-01" });
    if (verb === "paths-info") return this.#pathsInfo(files, await request.json());
    if (verb === "tree") return this.#tree(files, below, url);
    if (repository.gated && !known) return refused(authorization === null ? 401 : 403, "GatedRepo");
    return this.#resolve(request, commit, below, files[below]);
  }

  #pathsInfo(files: Readonly<Record<string, Uint8Array>>, { paths }: { paths: string[] }): Response {
    return Response.json(paths.flatMap((path) => files[path] === undefined ? [] : [entry(path, files[path])]));
  }

  #tree(files: Readonly<Record<string, Uint8Array>>, under: string, url: URL): Response {
    const all = Object.entries(files).filter(([path]) => under === "" || path.startsWith(`${under}/`));
    if (all.length === 0) return refused(404, "EntryNotFound");
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = new URL(url);
    next.searchParams.set("cursor", String(from + PAGE));
    const headers: Record<string, string> = from + PAGE < all.length ? { Link: `<${next}>; rel="next"` } : {};
    return Response.json(all.slice(from, from + PAGE).map(([path, bytes]) => entry(path, bytes)), { headers });
  }

  #resolve(request: Request, commit: string, path: string, bytes: Uint8Array | undefined): Response {
    if (bytes === undefined) return refused(404, "EntryNotFound", undefined, { "X-Repo-Commit": commit });
    const { oid, lfs } = entry(path, bytes);
    const headers = { "X-Repo-Commit": commit, ETag: `"${oid}"` };
    if (lfs === undefined) return this.#body(request, path, bytes, headers);
    const linked = { "X-Linked-Etag": `"${lfs.oid}"`, "X-Linked-Size": String(lfs.size) };
    const query = new URLSearchParams({ path, commit, signature: "not-for-logs" });
    const location = `http://127.0.0.1:${this.#large.addr.port}/?${query}`;
    return new Response(null, { status: 302, headers: { ...headers, ...linked, Location: location } });
  }

  #answerLarge(request: Request): Response {
    const authorization = request.headers.get("Authorization");
    if (authorization !== null) this.leaked.push(authorization);
    const query = new URL(request.url).searchParams;
    const [path, commit] = [query.get("path") ?? "", query.get("commit") ?? ""];
    const bytes = this.repositories.flatMap(({ commits }) => commits[commit]?.[path] ?? [])[0];
    if (bytes === undefined) return new Response(null, { status: 404 });
    return this.#body(request, path, bytes, { ETag: '"of-the-large-files-server"' });
  }

  #body(request: Request, path: string, bytes: Uint8Array, headers: Record<string, string>): Response {
    const range = this.faults.ignoreRange ? null : request.headers.get("Range");
    const from = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    const copy = bytes.slice(from);
    if (this.faults.corrupt.has(path) && copy.length > 0) copy[copy.length - 1]! ^= 1;
    const size = bytes.length;
    const partial: Record<string, string> = range === null
      ? {}
      : { "Content-Range": `bytes ${from}-${size - 1}/${size}` };
    const all = { ...headers, ...partial, "Content-Length": String(copy.length), "Accept-Ranges": "bytes" };
    const body = request.method === "HEAD" ? null : this.#stream(copy);
    return new Response(body, { status: range === null ? 200 : 206, headers: all });
  }

  #stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
    const cut = this.faults.cutAfter.shift();
    const stalled = this.faults.stall;
    const end = cut ?? (stalled ? bytes.length >> 1 : bytes.length);
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        if (at < end) {
          const chunk = bytes.subarray(at, Math.min(at + 4096, end));
          at += chunk.length;
          this.bytesServed += chunk.length;
          controller.enqueue(chunk);
        } else if (cut !== undefined) {
          await new Promise((done) => setTimeout(done, 20)); // What was sent should arrive.
          controller.close(); // Short of its Content-Length: the server drops the connection.
        } else if (stalled) {
          await new Promise((done) => this.#stalled.signal.addEventListener("abort", done));
          controller.close();
        } else controller.close();
      },
    });
  }
}

/** A revision may hold slashes: the longest that is known counts. */
function resolveRevision({ commits, refs }: TestRepository, rest: string): [string | null, string] {
  for (const known of [...Object.keys(refs), ...Object.keys(commits)]) {
    if (rest === known || rest.startsWith(`${known}/`)) return [refs[known] ?? known, rest.slice(known.length + 1)];
  }
  return [null, ""];
}

function entry(path: string, bytes: Uint8Array) {
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const large = /\.(?:safetensors|pt|gguf)$/.test(path);
  const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 130 };
  return { type: "file", path, size: bytes.length, oid, ...(large && { lfs }) };
}

function refused(status: number, code: string, message = "refused", more: Record<string, string> = {}): Response {
  const headers = { ...more, "X-Error-Message": message, ...(code !== "" && { "X-Error-Code": code }) };
  return Response.json({ error: message }, { status, headers });
}
