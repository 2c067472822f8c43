import { jacobianLens, tunedLens } from "../../lens/lens.ts";
import type { LensContents } from "../../lens/files/lens_file.ts";
import type { LensEntry } from "../../lens/library/types.ts";
import type { StridedTensor } from "../../lens/files/strided_tensor.ts";
import { DESCRIPTION } from "./memory_engine.ts";

export interface MemoryLens {
  readonly id: string;
  readonly kind: "tuned" | "jacobian";
  readonly layers: readonly number[];
  /** It was stored for another model. */
  readonly misfit?: string;
  /** Told each time that someone takes hold of it, and lets go. */
  readonly onHold?: (taken: boolean) => void;
}

/** A registered lens without a file, for the engine in memory: that asks of a translator only which it is. */
export function memoryLens({ id, kind, layers, misfit, onHold }: MemoryLens): LensEntry {
  const sha256 = id.length.toString(16).padStart(2, "0").repeat(32);
  const { dModel } = DESCRIPTION;
  const lens = (kind === "tuned" ? tunedLens : jacobianLens)({ layers, depth: DESCRIPTION.layers });
  const weight: StridedTensor = {
    name: "weight",
    dtype: "F32",
    shape: [dModel, dModel],
    strides: [dModel, 1],
    start: 0,
    region: { name: "weight", offset: 0, length: dModel * dModel * 4, crc32: null },
  };
  return {
    record: {
      id,
      kind,
      dialect: kind === "tuned" ? "tuned-lens" : "jacobian-lens",
      container: "torch",
      layers,
      dModel,
      dtype: "F32",
      bytes: 1000,
      sha256,
      createdAt: "2026-11-24T00:00:00.000Z",
      note: null,
      owner: null,
      shared: true,
      reading: "tuned_lens",
      unembedHash: null,
      capturePoint: null,
      targetLayer: null,
      provenance: {},
      config: null,
      warnings: [],
    },
    match: { match: misfit ? "none" : "exact", reason: misfit ?? "made for it", unembedHashMatch: "unknown" },
    warnings: [],
    lens: misfit ? null : lens,
    contents: {} as LensContents,
    file: "/nowhere",
    persistent: true,
    translator: (layer) => ({
      key: `${sha256} ${layer}`,
      file: "/nowhere",
      form: kind === "tuned" ? "residual" : "jacobian",
      dModel,
      weight,
      bias: null,
    }),
    hold: () => {
      onHold?.(true);
      return { [Symbol.dispose]: () => onHold?.(false) };
    },
  };
}
