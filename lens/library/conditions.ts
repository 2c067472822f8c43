import { recordOf, type StoredLens } from "./stored_lens.ts";
import { LENS_ID, type LensConditions, LensLibraryError } from "./types.ts";

/** @throws {LensLibraryError} kind `badId`, of the built-in lens `readOnly` */
export function checkId(id: string): void {
  if (id === "logit") throw new LensLibraryError("readOnly", "the lens `logit` is built in; take another id");
  if (!LENS_ID.test(id)) {
    const rule = "1 to 64 of a-z, 0-9, '.', '_', '-', the first a letter or digit";
    throw new LensLibraryError("badId", `a lens id is ${rule}`);
  }
}

/** Holds what is there to what a change asks (RFC 9110, section 13). @throws {LensLibraryError} kind `precondition` */
export function checkConditions(
  id: string,
  existing: StoredLens | null,
  { allow, ifMatch, ifNoneMatch }: LensConditions,
): void {
  allow?.(existing && recordOf(existing));
  if (ifNoneMatch !== undefined && existing !== null) {
    throw new LensLibraryError("precondition", `there is a lens ${id} already (If-None-Match: *)`);
  }
  if (ifMatch === undefined) return;
  if (existing === null) throw new LensLibraryError("precondition", `there is no lens ${id} (If-Match)`);
  if (ifMatch !== "*" && !ifMatch.includes(existing.sha256)) {
    throw new LensLibraryError("precondition", `the lens ${id} is another now: ${existing.sha256} (If-Match)`);
  }
}
