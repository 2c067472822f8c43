import { CheckpointError } from "../../model/checkpoint/checkpoint_error.ts";
import { parseStrictJson } from "../../model/checkpoint/strict_json.ts";
import type { Json } from "./lens_file.ts";
import { LensFileError, shown } from "./lens_file_error.ts";

/** A value that safetensors metadata can only hold as a string. @throws {LensFileError} rule `st.json` */
export function parseMetadataJson(text: string, key: string): Json {
  try {
    return parseStrictJson(text, `metadata ${key}`, { maxLength: 1024 * 1024, maxDepth: 32 }) as Json;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new LensFileError("st.json", `the metadata \`${shown(key)}\` is not JSON: ${error.reason}`);
  }
}

/** A list of different layer indices, in rising order. */
export function parseLayerList(text: string, key: string): number[] {
  return layerList(parseMetadataJson(text, key), key);
}

/** @throws {LensFileError} rule `jlens.layers` */
export function layerList(value: Json, key: string): number[] {
  const isLayer = (item: Json): item is number => Number.isSafeInteger(item) && (item as number) >= 0;
  if (!Array.isArray(value) || !value.every(isLayer) || new Set(value).size !== value.length) {
    throw new LensFileError("jlens.layers", `\`${key}\` must be a list of different layer indices`);
  }
  return value.toSorted((a, b) => a - b);
}
