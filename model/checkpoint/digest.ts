import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { CheckpointError } from "./checkpoint_error.ts";
import type { DigestCache, FileStamp } from "./digest_cache.ts";
import { openRegular, unreadable } from "./exact_read.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
/** A hub cache's large files: `blobs/<sha256 of the file>`. (Its small ones have git's 40 digits.) */
const BLOB_NAME = /^[0-9a-f]{64}$/;
/** A file younger than this may change again within one tick of its file system's clock: not remembered. */
const SETTLED_MS = 2000;

/** A file and the name it goes by in the digest. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/**
 * A model's digest: sha256 of the sorted lines `<sha256 of file>  <file name>`, each ended by a newline, of its
 * config.json and weight files; what `sha256sum config.json *.safetensors | LC_ALL=C sort | sha256sum` prints.
 *
 * @param files absolute paths, symbolic links resolved
 * @param cache remembers file digests between starts
 * @returns `sha256:<hex>`
 */
export async function modelDigest(files: readonly NamedFile[], cache: DigestCache | null = null): Promise<string> {
  const lines: Buffer[] = [];
  for (const { name, path } of files) lines.push(Buffer.from(`${await fileDigest(path, cache, name)}  ${name}\n`));
  await cache?.save();
  lines.sort(Buffer.compare);
  return `sha256:${createHash("sha256").update(Buffer.concat(lines)).digest("hex")}`;
}

/**
 * SHA-256 of one file: from its name in a hub cache, from the cache, or by reading it.
 *
 * @param path absolute, symbolic links resolved
 * @param name for messages
 * @returns 64 hexadecimal digits
 * @throws {CheckpointError} rule `file`, also when the file changes while it is read
 */
export async function fileDigest(
  path: string,
  cache: DigestCache | null = null,
  name = basename(path),
): Promise<string> {
  if (BLOB_NAME.test(basename(path)) && basename(dirname(path)) === "blobs") return basename(path);
  const before = await stamp(path, name);
  const known = cache?.get(path, before) ?? null;
  if (known !== null) return known;
  const sha256 = await hash(path);
  const after = await stamp(path, name);
  if (after.size !== before.size || after.modified !== before.modified) {
    throw new CheckpointError("file", name, "changed while it was read; wait until it is written, then try again");
  }
  if (Date.now() - Number(BigInt(after.modified) / 1_000_000n) > SETTLED_MS) cache?.set(path, after, sha256);
  return sha256;
}

async function hash(path: string): Promise<string> {
  const { file } = await openRegular(path);
  using _closed = file;
  const sha256 = createHash("sha256");
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
    sha256.update(chunk.subarray(0, read));
  }
  return sha256.digest("hex");
}

async function stamp(path: string, name: string): Promise<FileStamp> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { size: Number(size), modified: String(mtimeNs) };
  } catch (error) {
    throw unreadable(name, error);
  }
}
