import { createHash, type Hash } from "node:crypto";
import { HubError } from "./hub_error.ts";
import { isRepositoryPath } from "./source.ts";

/** A file of a repository at one commit. */
export interface HubFile {
  /** Its path in the repository, with `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name of its blob in the cache, and what its bytes must hash to; null for one known from the cache alone. */
  readonly digest: BlobDigest | null;
}

/** What names a blob: large files (LFS, Xet) go by their SHA-256, small ones by git's object id. */
export interface BlobDigest {
  readonly algorithm: "sha256" | "git";
  /** 64 or 40 hexadecimal digits: the ETag without its quotes. */
  readonly hex: string;
}

/** An entry of a hub's listing, as @huggingface/hub hands it on. */
interface Listed {
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

/**
 * A listing is the hub's word, and becomes names of files here: every part is checked.
 *
 * @returns null for a name that cannot be joined to a folder safely on every system: such a file is left alone
 * @throws {HubError} kind `integrity`
 */
export function parseListed(listed: Listed): HubFile | null {
  const { path, lfs } = listed;
  if (typeof path !== "string" || !isRepositoryPath(path)) return null;
  const size = lfs?.size ?? listed.size;
  const digest: BlobDigest = lfs === undefined
    ? { algorithm: "git", hex: listed.oid ?? "" }
    : { algorithm: "sha256", hex: lfs.oid };
  const digits = digest.algorithm === "git" ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/;
  if (!Number.isSafeInteger(size) || size < 0 || typeof digest.hex !== "string" || !digits.test(digest.hex)) {
    throw new HubError("integrity", `The hub lists ${path} without a size and digest that can be checked.`);
  }
  return { path, size, digest };
}

/** A hash to feed the file's bytes to, which must come to `digest.hex`. */
export function startHash({ algorithm }: BlobDigest, size: number): Hash {
  // A git object's id covers a header: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
  return algorithm === "git" ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256");
}
