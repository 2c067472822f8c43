import { type Caller, mayChange, maySee } from "../../lab/keys/caller.ts";
import type { LensConditions, LensEntry, LensLibrary, LensRecord } from "../../lens/library/types.ts";
import { LensLibraryError } from "../../lens/library/types.ts";
import { quote, Refusal } from "../../openapi/refusal.ts";

/**
 * The library as a caller sees it: another's lens that is not shared is not there, a shared one cannot be changed, a new one is the
 * caller's, and takes of the caller's bytes.
 */
export function lensesOf(caller: Caller, library: LensLibrary): LensLibrary {
  const seen = (entry: LensEntry) => maySee(caller, entry.record);
  const conditions = (id: string, asked: LensConditions = {}): LensConditions => ({
    ...asked,
    allow: (existing) => {
      if (existing) checkOwner(caller, id, existing);
      asked.allow?.(existing);
    },
  });
  const get = async (id: string) => {
    const entry = await library.get(id);
    return entry && seen(entry) ? entry : null;
  };
  return {
    get,
    list: async () => (await library.list()).filter(seen),
    upload: async (id, options = {}) => {
      const bytes = (id: string) => bytesOf(caller, library, id);
      checkBytes(caller, options.contentLength ?? 0, await bytes(id));
      const upload = await library.upload(id, { ...options, ...conditions(id, options), owner: caller.id });
      return {
        get written() {
          return upload.written;
        },
        write: (chunk) => upload.write(chunk),
        abort: () => upload.abort(),
        finish: async (finishing) => {
          checkBytes(caller, upload.written, await bytes(id));
          return await upload.finish(finishing);
        },
        [Symbol.asyncDispose]: () => upload[Symbol.asyncDispose](),
      };
    },
    patch: (id, patch, asked) => library.patch(id, patch, conditions(id, asked)),
    remove: (id, asked) => library.remove(id, conditions(id, asked)),
    addFile: (id, path, remarks) => library.addFile(id, path, remarks),
    useModel: (model) => library.useModel(model),
    trouble: () => library.trouble(),
    [Symbol.asyncDispose]: () => library[Symbol.asyncDispose](),
  };
}

function checkOwner(caller: Caller, id: string, existing: LensRecord): void {
  if (mayChange(caller, existing)) return;
  if (maySee(caller, existing)) {
    throw new Refusal("not-owner", `the lens ${quote(id)} belongs to another key: you may use it, not change it`);
  }
  throw new LensLibraryError("notFound", `there is no lens ${quote(id)} that you may change; take another id`);
}

/** Bytes of a caller's lenses on disk, but for the one that is replaced. */
async function bytesOf(caller: Caller, library: LensLibrary, replaced: string): Promise<number> {
  if (caller.quotas.lensBytes === undefined) return 0;
  const own = (await library.list()).map(({ record }) => record)
    .filter(({ id, owner }) => owner === caller.id && id !== replaced);
  return own.reduce((sum, { bytes }) => sum + bytes, 0);
}

function checkBytes({ id, quotas }: Caller, more: number, held: number): void {
  const { lensBytes } = quotas;
  if (lensBytes === undefined || held + more <= lensBytes) return;
  throw new LensLibraryError(
    "quota",
    `the key ${id} may store ${lensBytes} bytes of lenses and has ${held}: ${more} more do not fit; delete some`,
  );
}
