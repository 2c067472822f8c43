import { join } from "node:path";
import type { Hash } from "node:crypto";
import { diskError } from "./disk_error.ts";
import { HubError } from "./hub_error.ts";
import { unreachable } from "./hub_fetch.ts";
import { type BlobDigest, type HubFile, startHash } from "./hub_file.ts";
import { type HubOptions, RETRY_DELAYS, STALL_TIMEOUT } from "./hub_options.ts";
import { pause } from "./pause.ts";

const READ_BYTES = 1024 * 1024;

/** One blob to be had; its lock is held by the caller. */
export interface BlobRequest {
  readonly file: HubFile & { readonly digest: BlobDigest };
  /** The repository's `blobs` folder. */
  readonly folder: string;
  readonly url: URL;
  /** A {@link hubFetch}. */
  readonly fetch: typeof fetch;
  /** Called with the bytes of the file that are on disk, at every chunk. */
  readonly onBytes: (bytes: number) => void;
}

type Limits = Pick<HubOptions, "signal" | "retryDelays" | "stallTimeout">;

/**
 * Downloads one blob into `<digest>.incomplete`, going on from what is there, and renames it into place once its size and
 * digest are right: a blob that is there is whole. Bytes that turn out wrong are removed.
 *
 * @throws {HubError} kinds `network`, `integrity`, `disk`, and those of the fetch
 */
export async function downloadBlob(request: BlobRequest, limits: Limits): Promise<void> {
  const { file, folder } = request;
  const blob = join(folder, file.digest.hex);
  const incomplete = `${blob}.incomplete`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    let filled = await fill(incomplete, request, limits);
    // Bytes left by a crash may be wrong (a file system may grow a file before its data): one fresh start then.
    if (filled === "wrong on resumed bytes") {
      await Deno.remove(incomplete);
      filled = await fill(incomplete, request, limits);
    }
    if (filled !== "right") throw corrupted(file, "came with other bytes than the hub promised");
    await Deno.rename(incomplete, blob);
  } catch (error) {
    limits.signal?.throwIfAborted();
    if (error instanceof HubError && error.kind === "integrity") await Deno.remove(incomplete);
    throw diskError(error, file.path);
  }
}

function corrupted({ path, size, digest }: BlobRequest["file"], what: string): HubError {
  const promise = `${size} bytes, ${digest.algorithm === "git" ? "git object" : "sha256"} ${digest.hex.slice(0, 12)}…`;
  return new HubError("integrity", `${path} ${what} (${promise}); what came is thrown away.`);
}

/** Gets all bytes into the incomplete file, and says whether they have the digest. */
async function fill(
  path: string,
  request: BlobRequest,
  limits: Limits,
): Promise<"right" | "wrong" | "wrong on resumed bytes"> {
  const { file } = request;
  using disk = await Deno.open(path, { read: true, write: true, create: true });
  const found = (await disk.stat()).size;
  const part = new PartialBlob(disk, request);
  if (found > file.size) await part.restart();
  else await part.rehash(found);
  const resumed = part.bytes > 0;
  await receive(part, request, limits);
  if (part.hash.digest("hex") !== file.digest.hex) return resumed ? "wrong on resumed bytes" : "wrong";
  await disk.sync();
  return "right";
}

/** The bytes had so far, and their hash. */
class PartialBlob {
  bytes = 0;
  hash: Hash;

  constructor(private readonly disk: Deno.FsFile, private readonly request: BlobRequest) {
    this.hash = startHash(request.file.digest, request.file.size);
  }

  async restart(): Promise<void> {
    await this.disk.truncate(0);
    await this.disk.seek(0, Deno.SeekMode.Start);
    this.hash = startHash(this.request.file.digest, this.request.file.size);
    this.bytes = 0;
    this.request.onBytes(0);
  }

  /** Takes in what an earlier call left; said once at its end, since a disk's speed is not the network's. */
  async rehash(found: number): Promise<void> {
    const chunk = new Uint8Array(READ_BYTES);
    while (this.bytes < found) {
      const read = await this.disk.read(chunk);
      if (read === null) break;
      this.hash.update(chunk.subarray(0, read));
      this.bytes += read;
    }
    if (found > 0) this.request.onBytes(this.bytes);
  }

  async append(chunk: Uint8Array): Promise<void> {
    if (this.bytes + chunk.length > this.request.file.size) {
      throw corrupted(this.request.file, "came longer than the hub promised");
    }
    for (let at = 0; at < chunk.length;) at += await this.disk.write(chunk.subarray(at));
    this.hash.update(chunk);
    this.bytes += chunk.length;
    this.request.onBytes(this.bytes);
  }
}

/** Asks for the missing bytes until they are there; every connection that brought some gives all tries again. */
async function receive(part: PartialBlob, { file, url, fetch }: BlobRequest, limits: Limits): Promise<void> {
  const { signal, retryDelays = RETRY_DELAYS, stallTimeout = STALL_TIMEOUT } = limits;
  for (let attempt = 0; part.bytes < file.size; attempt++) {
    const before = part.bytes;
    const stall = new AbortController();
    const headers: Record<string, string> = { "Accept-Encoding": "identity" };
    if (before > 0) headers.Range = `bytes=${before}-`;
    const response = await fetch(url, { headers, signal: stall.signal });
    if (response.status === 206 ? !isRest(response, before, file.size) : !isWhole(response, file.size)) {
      await response.body?.cancel();
      throw corrupted(file, "is offered in another size than the hub promised");
    }
    // A server that does not know ranges answers 200 with the whole.
    if (response.status !== 206 && before > 0) await part.restart();
    let failure: unknown = new Error("the connection ended early");
    for await (const chunk of chunks(response, stall, stallTimeout, (error) => failure = error)) {
      await part.append(chunk);
    }
    if (part.bytes >= file.size) return;
    signal?.throwIfAborted();
    if (part.bytes > before) attempt = 0;
    const delay = retryDelays[attempt];
    if (delay === undefined) throw unreachable(url, failure);
    await pause(delay, signal);
  }
}

function isRest({ headers }: Response, from: number, size: number): boolean {
  return headers.get("Content-Range") === `bytes ${from}-${size - 1}/${size}`;
}

function isWhole({ headers }: Response, size: number): boolean {
  const length = headers.get("Content-Length");
  return length === null || headers.has("Content-Encoding") || Number(length) === size;
}

/** Chunks of a body until it ends, fails (said to `onFailure`) or stalls: only the network's faults are met here. */
async function* chunks(
  { body }: Response,
  stall: AbortController,
  timeout: number,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    while (true) {
      const timer = setTimeout(() => stall.abort(), timeout);
      const read = await reader.read().catch((error) => {
        onFailure(error);
        return null;
      }).finally(() => clearTimeout(timer));
      if (read === null || read.done) return;
      yield read.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
