/** What a fetch from a hub came to; closed, for status codes and tests. */
export type HubErrorKind =
  | "settings" // HF_ENDPOINT or HF_TOKEN cannot be used as it is
  | "unauthorized" // the token is refused
  | "gated" // access must be asked for, on `page`
  | "notFound" // no such repository, revision or file: see `missing`
  | "network" // no connection, or a hub that is away or answers nonsense
  | "offline" // offline mode, and the cache has it not
  | "integrity" // the bytes are not those that the hub promised
  | "disk"; // the cache folder is full or cannot be written

/** A published file that could not be had. The message is one sentence for people, without a token or a path. */
export class HubError extends Error {
  override readonly name = "HubError";
  /** What is not there, for kind `notFound`. */
  readonly missing: "repository" | "revision" | "file" | null;
  /** Where access is asked for, for kind `gated`. */
  readonly page: string | null;

  constructor(
    readonly kind: HubErrorKind,
    message: string,
    details: { missing?: "repository" | "revision" | "file"; page?: string } = {},
  ) {
    super(message);
    this.missing = details.missing ?? null;
    this.page = details.page ?? null;
  }
}
