import { basename, dirname, join } from "node:path";
import { KEY_ID, KeyFileError, keyFileText, type KeyRecord, parseKeyFile } from "./key_record.ts";
import type { Quotas, Role } from "./caller.ts";
import { digestOf, newSecret } from "./secret.ts";

/** Only the owner may read it: it says who may do what, though no secret can be made from it. */
const MODE = 0o600;

/** A key that was made: the secret is shown once and kept nowhere. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly secret: string;
}

/**
 * The keys in a file.
 * @throws {KeyFileError} where it cannot be read, or is wrong
 */
export async function readKeyFile(path: string): Promise<KeyRecord[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
    throw new KeyFileError(`the key file ${basename(path)} ${why}`);
  }
  return parseKeyFile(text);
}

/**
 * Makes a key; the file too, where there is none.
 * @throws {KeyFileError} for an id that is taken or cannot be one
 */
export async function addKey(
  path: string,
  { id, role, quotas = {} }: { readonly id: string; readonly role: Role; readonly quotas?: Quotas },
): Promise<NewKey> {
  if (!KEY_ID.test(id)) {
    throw new KeyFileError(`${JSON.stringify(id)} cannot be an id: a-z, 0-9, '.', '_' and '-', at most 64 characters`);
  }
  const secret = newSecret();
  const record: KeyRecord = { id, sha256: digestOf(secret), role, createdAt: new Date().toISOString(), quotas };
  await change(path, (records) => {
    if (records.some((other) => other.id === id)) throw new KeyFileError(`there is a key ${id}: rotate or revoke it`);
    return [...records, record];
  });
  return { record, secret };
}

/** Takes a key away. @throws {KeyFileError} where there is none of that id */
export async function revokeKey(path: string, id: string): Promise<void> {
  await change(path, (records) => {
    const revoked = existing(records, id);
    return records.filter((record) => record !== revoked);
  });
}

/** A new secret for a key: the old one is worth nothing from then on. @throws {KeyFileError} */
export async function rotateKey(path: string, id: string): Promise<NewKey> {
  const secret = newSecret();
  let rotated: KeyRecord | undefined;
  await change(path, (records) => {
    rotated = { ...existing(records, id), sha256: digestOf(secret) };
    return records.map((record) => record.id === id ? rotated! : record);
  });
  return { record: rotated!, secret };
}

function existing(records: readonly KeyRecord[], id: string): KeyRecord {
  const record = records.find((record) => record.id === id);
  if (!record) {
    const ids = records.map(({ id }) => id).join(", ");
    throw new KeyFileError(`there is no key ${JSON.stringify(id)}; there are: ${ids || "none"}`);
  }
  return record;
}

/** Reads, changes and replaces the file whole, one at a time: a reader sees the old keys or the new. */
async function change(path: string, edit: (records: readonly KeyRecord[]) => readonly KeyRecord[]): Promise<void> {
  using lock = await Deno.open(`${path}.lock`, { write: true, create: true, mode: MODE });
  await lock.lock(true);
  const records = await exists(path) ? await readKeyFile(path) : [];
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`);
  try {
    await Deno.writeTextFile(temporary, keyFileText(edit(records)), { createNew: true, mode: MODE });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
