import { danyudeLens, jacobianLens, type Lens, tunedLens } from "../lens.ts";
import type { TranslatorSource } from "../translator.ts";
import { matchModel } from "./model_match.ts";
import { recordOf, type StoredLens } from "./stored_lens.ts";
import type { LensEntry, LensModel } from "./types.ts";

export interface EntryParts {
  readonly stored: StoredLens;
  readonly model: LensModel | null;
  readonly file: string;
  readonly persistent: boolean;
  hold(): Disposable;
}

/** A kept lens beside the loaded model. */
export function lensEntry({ stored, model, file, persistent, hold }: EntryParts): LensEntry {
  const { match, warnings } = matchModel(stored, model);
  const { contents, reading, sha256 } = stored;
  return {
    record: recordOf(stored),
    match,
    warnings: [...contents.warnings, ...warnings],
    lens: model === null || match.match === "none" ? null : lensOf(stored, model.layers),
    contents,
    file,
    persistent,
    hold,
    translator(layer): TranslatorSource {
      const tensors = contents.tensors.get(layer);
      if (tensors === undefined) throw new RangeError(`the lens ${stored.id} has no layer ${layer}`);
      return {
        key: `${sha256}/${layer}`,
        file,
        form: reading === "danyude" ? "danyude" : contents.form,
        dModel: contents.dModel,
        weight: tensors.weight,
        bias: tensors.bias ?? null,
      };
    },
  };
}

function lensOf({ contents: { kind, layers }, reading }: StoredLens, depth: number): Lens {
  if (kind === "jacobian") return jacobianLens({ layers, depth });
  return reading === "danyude" ? danyudeLens({ layers, depth }) : tunedLens({ layers, depth });
}
