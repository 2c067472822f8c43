import { join } from "node:path";
import { type ConvertedPrecision, FORMAT } from "./recipes.ts";

/** Converted weights of one model in one precision, under the data folder. */
export interface WeightsFolder {
  /** `<data>/weights/<digest>-<precision>-v<format>`; there when it is complete. */
  readonly path: string;
  /** Being written. */
  readonly partial: string;
  /** Held by whoever writes. */
  readonly lock: string;
}

export const VALUES_FILE = "weights.safetensors";
export const RECORD_FILE = "written.json";

export function weightsRoot(dataFolder: string): string {
  return join(dataFolder, "weights");
}

export function weightsFolder(dataFolder: string, digest: string, precision: ConvertedPrecision): WeightsFolder {
  const path = join(weightsRoot(dataFolder), `${digest.replace("sha256:", "")}-${precision}-v${FORMAT}`);
  return { path, partial: `${path}.partial`, lock: `${path}.lock` };
}
