import { z } from "zod";
import { type Quotas, type Role, ROLES } from "./caller.ts";

/** A key as it is kept: never its secret. */
export interface KeyRecord {
  readonly id: string;
  /** Of the secret: 64 hexadecimal digits. */
  readonly sha256: string;
  readonly role: Role;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly quotas: Quotas;
}

/** The keys cannot be read or changed so; the message is one line for the operator. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** What an id of a key may be: it appears in logs, metrics and records. */
export const KEY_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const bound = z.int().min(0).optional();

const Entry = z.strictObject({
  id: z.string().regex(KEY_ID),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  role: z.enum(ROLES),
  created_at: z.iso.datetime(),
  quotas: z.strictObject({
    prompt_tokens_per_minute: bound,
    rows_per_minute: bound,
    requests_in_flight: bound,
    lens_bytes: bound,
    jobs_queued: bound,
  }).default({}),
});
type Entry = z.infer<typeof Entry>;

const KeyFile = z.strictObject({ keys: z.array(Entry) });

/** Names of a quota in the file and in the program. */
export const QUOTA_NAMES = {
  prompt_tokens_per_minute: "promptTokensPerMinute",
  rows_per_minute: "rowsPerMinute",
  requests_in_flight: "requestsInFlight",
  lens_bytes: "lensBytes",
  jobs_queued: "jobsQueued",
} as const satisfies Record<string, keyof Quotas>;

type QuotaName = keyof typeof QUOTA_NAMES;
const quotaNames = Object.keys(QUOTA_NAMES) as QuotaName[];

/**
 * Reads the text of a key file.
 * @throws {KeyFileError} naming the first entry that is wrong, and what would be right
 */
export function parseKeyFile(text: string): KeyRecord[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyFileError("the key file is not JSON");
  }
  const parsed = KeyFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new KeyFileError(`the key file is wrong at ${path.length ? path.join(".") : "its root"}: ${message}`);
  }
  const records = parsed.data.keys.map(recordOf);
  for (const member of ["id", "sha256"] as const) {
    const twice = records.find((record, i) => records.findIndex((other) => other[member] === record[member]) !== i);
    if (twice) throw new KeyFileError(`the key file has two keys with the ${member} of ${twice.id}`);
  }
  return records;
}

/** The text of a key file. */
export function keyFileText(records: readonly KeyRecord[]): string {
  const keys = records.map(({ id, sha256, role, createdAt, quotas }): Entry => ({
    id,
    sha256,
    role,
    created_at: createdAt,
    quotas: Object.fromEntries(
      quotaNames.filter((name) => quotas[QUOTA_NAMES[name]] !== undefined)
        .map((name) => [name, quotas[QUOTA_NAMES[name]]]),
    ),
  }));
  return JSON.stringify({ keys }, null, 2) + "\n";
}

function recordOf({ id, sha256, role, created_at, quotas }: Entry): KeyRecord {
  return {
    id,
    sha256,
    role,
    createdAt: created_at,
    quotas: Object.fromEntries(
      quotaNames.filter((name) => quotas[name] !== undefined).map((name) => [QUOTA_NAMES[name], quotas[name]]),
    ),
  };
}
