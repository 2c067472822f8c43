import type { LensConditions } from "../../lens/library/types.ts";
import { quote, Refusal } from "../../openapi/refusal.ts";
import type { ServiceContext } from "../env.ts";
import { lensEtag } from "./lens_info.ts";

/** What a request says of the thing that must be there, or must not be, for it to go on (RFC 9110, 13.1). */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * Checks If-Match and If-None-Match of a request that changes something.
 *
 * @param etag of what is there now, quotes included; null where there is nothing
 * @throws {Refusal} 412
 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, etag: string | null): void {
  if (ifMatch !== undefined && !isListed(ifMatch, etag)) {
    throw failed("If-Match", ifMatch, etag === null ? "there is no such lens" : `the lens has the ETag ${etag}`);
  }
  if (ifNoneMatch !== undefined && isListed(ifNoneMatch, etag)) {
    throw failed("If-None-Match", ifNoneMatch, `there is a lens already, with the ETag ${etag}`);
  }
}

/** The preconditions of a request that changes a lens, for the library to look at when the change begins and is made. */
export function preconditionsOf(c: ServiceContext): LensConditions {
  const headers = { ifMatch: c.req.header("If-Match"), ifNoneMatch: c.req.header("If-None-Match") };
  return { allow: (existing) => checkPreconditions(headers, existing && lensEtag(existing.sha256)) };
}

/** Whether a header's list of strong tags names `etag`; `*` is whatever is there. */
export function isListed(header: string, etag: string | null): boolean {
  if (etag === null) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim() === etag);
}

function failed(name: string, value: string, found: string): Refusal {
  const detail = `${name} is ${quote(value)}, and ${found}`;
  return new Refusal("precondition-failed", detail, [{ in: "header", name, detail }]);
}
