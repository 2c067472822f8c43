import type { LensEntry } from "../../lens/library/types.ts";
import type { ModelDescription } from "../../model/engine/engine.ts";
import type { LensInfo } from "../../openapi/schemas/lens.ts";

/** A registered lens as answers describe it. */
export function lensInfo({ record, match, warnings, persistent }: LensEntry): LensInfo {
  return {
    id: record.id,
    kind: record.kind,
    built_in: false,
    persistent,
    layers: [...record.layers],
    d_model: record.dModel,
    dtype: record.dtype,
    bytes: record.bytes,
    sha256: record.sha256,
    created_at: record.createdAt,
    model_match: match.match,
    match_reason: match.reason,
    unembed_hash_match: match.unembedHashMatch,
    reading: record.kind === "tuned" ? record.reading : null,
    capture_point: record.capturePoint,
    target_layer: record.targetLayer,
    dialect: record.dialect,
    provenance: { ...record.provenance },
    note: record.note,
    owner: record.owner,
    shared: record.shared,
    warnings: [...warnings],
  };
}

/** The lens that every model has. */
export function logitInfo({ layers, dModel }: ModelDescription): LensInfo {
  return {
    id: "logit",
    kind: "logit",
    built_in: true,
    persistent: true,
    layers: Array.from({ length: layers }, (_, layer) => layer),
    d_model: dModel,
    dtype: null,
    bytes: null,
    sha256: null,
    created_at: null,
    model_match: "exact",
    match_reason: "it is the model's own final norm and lm_head",
    unembed_hash_match: "unknown",
    reading: null,
    capture_point: null,
    target_layer: null,
    dialect: null,
    provenance: {},
    note: null,
    owner: null,
    shared: true,
    warnings: [],
  };
}

/** The strong tag of a lens: its file's sha256. */
export const lensEtag = (sha256: string) => `"${sha256}"`;
