import type { LensConfig } from "../files/lens_config.ts";
import type { LensContents } from "../files/lens_file.ts";
import type { LensReading, LensRecord } from "./types.ts";

/** A registered lens as it is kept: what was said of it, and what its file holds. */
export interface StoredLens {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly createdAt: string;
  readonly note: string | null;
  readonly owner: string | null;
  readonly shared: boolean;
  readonly reading: LensReading;
  /** As said at upload; the config's may stand beside it, and is the same then. */
  readonly unembedHash: string | null;
  readonly config: LensConfig | null;
  readonly contents: LensContents;
}

/** What routes see of it. */
export function recordOf(stored: StoredLens): LensRecord {
  const { contents, config, ...said } = stored;
  const { kind, dialect, container, layers, dModel, dtype, capturePoint, targetLayer, provenance, warnings } = contents;
  return {
    ...said,
    kind,
    dialect,
    container,
    layers,
    dModel,
    dtype,
    capturePoint,
    targetLayer,
    provenance,
    warnings,
    config,
    unembedHash: config?.unembedHash ?? said.unembedHash,
  };
}
