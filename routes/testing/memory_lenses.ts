import type { LensEntry, LensLibrary } from "../../lens/library/types.ts";

/** A library of lenses that never change. */
export function memoryLenses(entries: readonly LensEntry[] = []): LensLibrary {
  const refuse = () => Promise.reject(new Error("lenses in memory do not change"));
  return {
    list: () => Promise.resolve([...entries]),
    get: (id) => Promise.resolve(entries.find((entry) => entry.record.id === id) ?? null),
    upload: refuse,
    patch: refuse,
    remove: refuse,
    addFile: refuse,
    useModel: () => {},
    trouble: () => Promise.resolve(null),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
