import type { Json } from "./lens_file.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import { kindOf, type PickleValue } from "./pickle_value.ts";

/** Bounds on what is kept of a file's remarks; memo references could make a small pickle endless when walked. */
const MAX_NODES = 10_000;
const MAX_DEPTH = 16;
const MAX_CHARACTERS = 256 * 1024;

/**
 * A remark of a lens file, e.g. its `provenance`, as JSON. NaN and infinities become null.
 *
 * @param name the key, for messages
 * @throws {LensFileError} rules `lens.value` (a tensor or class inside) and `pickle.limit`
 */
export function toJson(value: PickleValue, name: string): Json {
  let nodes = 0;
  let characters = 0;
  const text = (string: string): string => {
    characters += string.length;
    if (characters > MAX_CHARACTERS) {
      throw new LensFileError("pickle.limit", `\`${shown(name)}\` holds more than ${MAX_CHARACTERS} characters`);
    }
    return string;
  };
  const walk = (node: PickleValue, depth: number): Json => {
    if (++nodes > MAX_NODES) {
      throw new LensFileError("pickle.limit", `\`${shown(name)}\` holds more than ${MAX_NODES} values`);
    }
    if (depth > MAX_DEPTH) {
      throw new LensFileError("pickle.limit", `\`${shown(name)}\` is nested more than ${MAX_DEPTH} deep`);
    }
    if (typeof node === "string") return text(node);
    if (node === null || typeof node !== "object") return node;
    switch (node.kind) {
      case "float":
        return Number.isFinite(node.value) ? node.value : null;
      case "tuple":
      case "list":
        return node.items.map((item) => walk(item, depth + 1));
      case "dict":
        return Object.fromEntries([...node.entries].map(([key, item]) => [text(String(key)), walk(item, depth + 1)]));
      default:
        throw new LensFileError("lens.value", `\`${shown(name)}\` holds ${kindOf(node)}, which is not part of a lens`);
    }
  };
  return walk(value, 0);
}
