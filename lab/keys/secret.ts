import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Bytes of chance in a secret: nobody guesses 256 bits, so one SHA-256 keeps it as well as a slow hash would. */
const SECRET_BYTES = 32;

/** A new secret. The prefix is for people and for scanners of leaked secrets. */
export function newSecret(): string {
  return `midstream_${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/** SHA-256 of a secret, 64 hexadecimal digits: all that is kept of it. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares two digests in a time that tells nothing of where they differ. */
export function sameDigest(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, "hex"), Buffer.from(b, "hex"));
}
