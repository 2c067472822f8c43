import type { Json } from "./lens_file.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import { kindOf, type PickleDict, type PickleValue } from "./pickle_value.ts";

/** Bounds on what is kept of a file's remarks; memo references could make a small pickle endless when walked. */
const MAX_NODES = 10_000;
const MAX_DEPTH = 16;
const MAX_CHARACTERS = 256 * 1024;

/**
 * The remarks of a lens file (`n_prompts`, `provenance`, …) as JSON, within one bound for all of them. NaN and infinities
 * become null.
 *
 * @param except the key that holds the tensors
 * @throws {LensFileError} rules `lens.value` (a tensor or class inside) and `pickle.limit`, naming the remark
 */
export function remarksOf(dict: PickleDict, except: string): { readonly [key: string]: Json } {
  const walk = new Walk();
  const remarks: [string, Json][] = [];
  for (const [key, value] of dict.entries) {
    if (key !== except) remarks.push([String(key), walk.json(value, String(key))]);
  }
  return Object.fromEntries(remarks);
}

class Walk {
  #nodes = 0;
  #characters = 0;

  json(value: PickleValue, name: string, depth = 0): Json {
    const limit = (what: string) =>
      new LensFileError("pickle.limit", `\`${shown(name)}\` makes the file's remarks ${what}`);
    if (++this.#nodes > MAX_NODES) throw limit(`more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw limit(`nested more than ${MAX_DEPTH} deep`);
    if (typeof value === "string") {
      this.#characters += value.length;
      if (this.#characters > MAX_CHARACTERS) throw limit(`longer than ${MAX_CHARACTERS} characters`);
      return value;
    }
    if (value === null || typeof value !== "object") return value;
    switch (value.kind) {
      case "float":
        return Number.isFinite(value.value) ? value.value : null;
      case "tuple":
      case "list":
        return value.items.map((item) => this.json(item, name, depth + 1));
      case "dict":
        return Object.fromEntries(Array.from(value.entries, ([key, item]) => {
          const text = typeof key === "string" ? key : String(key);
          this.json(text, name, depth + 1);
          return [text, this.json(item, name, depth + 1)];
        }));
      default:
        throw new LensFileError("lens.value", `\`${shown(name)}\` holds ${kindOf(value)}, which is not part of a lens`);
    }
  }
}
