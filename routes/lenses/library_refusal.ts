import { type LensImportError, LensSourceError } from "../../lens/library/import_lens.ts";
import type { LensLibraryError, LensLibraryErrorKind } from "../../lens/library/types.ts";
import type { ProblemName } from "../../openapi/problem.ts";
import { pointer, Refusal } from "../../openapi/refusal.ts";

const PROBLEM: Readonly<Record<LensLibraryErrorKind, ProblemName>> = {
  badId: "invalid-request",
  notFound: "not-found",
  readOnly: "conflict",
  conflict: "conflict",
  precondition: "precondition-failed",
  tooLarge: "lens-too-large",
  digestMismatch: "digest-mismatch",
  refusedFile: "lens-refused",
  quota: "storage-full",
  diskFull: "storage-full",
  unwritable: "storage-full",
  loading: "engine-unavailable",
};

/** Seconds after which a model may be loaded. */
const LOADING_SECONDS = "2";

/** A change of the library that was refused, as a refusal over HTTP. */
export function libraryRefusal({ kind, message }: LensLibraryError): Refusal {
  return new Refusal(PROBLEM[kind], message, [], kind === "loading" ? { "Retry-After": LOADING_SECONDS } : {});
}

const IMPORT_PROBLEM: Readonly<Record<LensImportError["kind"], ProblemName>> = {
  hub: "hub-failed",
  missing: "not-published",
  disk: "storage-full",
};

/** An import that came to nothing, as a refusal over HTTP. */
export function importRefusal(error: LensImportError | LensSourceError): Refusal {
  if (!(error instanceof LensSourceError)) return new Refusal(IMPORT_PROBLEM[error.kind], error.message);
  const { member, message } = error;
  return new Refusal("not-published", message, [{ in: "body", pointer: pointer([member]), detail: message }]);
}
