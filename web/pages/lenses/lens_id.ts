/** The rule that the service has for ids, as the `pattern` of a field; `logit` is the built-in one. */
export const LENS_ID = "(?!logit$)[a-z0-9][a-z0-9._\\-]{0,63}";

/** An id that the service takes and that is not taken, as near to the file's name as can be. */
export function idOfFile(name: string, taken: readonly string[] = []): string {
  const stem = name.replace(/\.(pt|pth|bin|npz|safetensors)$/i, "").toLowerCase();
  const id = stem.replaceAll(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 64).replace(/[-._]+$/, "");
  const wanted = id === "" || id === "logit" ? "lens" : id;
  for (let number = 1;; number++) {
    const end = number === 1 ? "" : `-${number}`;
    const free = wanted.slice(0, 64 - end.length) + end;
    if (!taken.includes(free)) return free;
  }
}
