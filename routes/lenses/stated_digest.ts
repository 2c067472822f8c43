import { type NamedFault, quote } from "../../openapi/refusal.ts";

/** sha256 as 64 lower-case hexadecimal digits. */
export const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The sha256 that an upload must have, from Repr-Digest (RFC 9530) or the query `sha256`; other algorithms are ignored,
 * as that RFC wants.
 *
 * @returns null where neither says one
 */
export function statedDigest(
  header: string | undefined,
  query: string | undefined,
): { readonly sha256: string | null } | { readonly fault: NamedFault } {
  const fromHeader = header === undefined ? null : sha256Of(header);
  if (fromHeader === undefined) {
    return fault("header", "Repr-Digest", `Repr-Digest is ${quote(header!)}; it must be sha-256=:<base64>:`);
  }
  const fromQuery = query === undefined ? null : query.toLowerCase();
  if (fromQuery !== null && !SHA256.test(fromQuery)) {
    return fault("query", "sha256", `sha256 is ${quote(query!)}; it must be 64 hexadecimal digits`);
  }
  if (fromHeader !== null && fromQuery !== null && fromHeader !== fromQuery) {
    const detail = "sha256 and Repr-Digest name different digests: the bytes cannot have both";
    return { fault: { problem: "digest-mismatch", in: "query", name: "sha256", detail } };
  }
  return { sha256: fromHeader ?? fromQuery };
}

/** @returns null where the header says nothing of sha-256, undefined where it says it wrongly */
function sha256Of(header: string): string | null | undefined {
  const member = header.split(",").map((part) => part.trim()).findLast((part) => /^sha-256(=|$)/.test(part));
  if (member === undefined) return null;
  const base64 = /^sha-256=:([A-Za-z0-9+/]{43}=?):$/.exec(member)?.[1];
  return base64 === undefined ? undefined : Uint8Array.fromBase64(base64).toHex();
}

function fault(place: "header" | "query", name: string, detail: string): { fault: NamedFault } {
  return { fault: { problem: "invalid-request", in: place, name, detail } };
}
