import { describeForeign, MAGIC_BYTES } from "../../model/checkpoint/magic.ts";
import {
  capturePointOf,
  isJacobianSafetensors,
  jacobianSafetensorsParts,
  jacobianTorchParts,
} from "./jacobian_lens.ts";
import { isJlenskit, jlenskitParts } from "./jlenskit.ts";
import { commonestDType, commonWidth, type ModelShape } from "./layer_tensors.ts";
import { type LensContents, LensFile, OpenLensFile } from "./lens_file.ts";
import { LensFileError, shown } from "./lens_file_error.ts";
import type { LensParts } from "./lens_parts.ts";
import { mlxterpParts } from "./mlxterp.ts";
import { refuseNearLens } from "./near_lens.ts";
import { isNpz, readNpz } from "./npz_file.ts";
import { kindOf, type PickleDict } from "./pickle_value.ts";
import { matrixOf, readRows } from "./read_rows.ts";
import { looksLikeSafetensors, type NamedTensors, readSafetensors } from "./safetensors_file.ts";
import { openSource, readBytes, type Source } from "./source.ts";
import type { Region, StridedTensor } from "./strided_tensor.ts";
import { readTorchFile } from "./torch_file.ts";
import { TorchTensors } from "./torch_tensors.ts";
import { tunedLensParts } from "./tuned_lens.ts";
import { readZipDirectory } from "./zip_directory.ts";

export interface ReadLensOptions {
  /** Where the lens is to be used, for what a refusal calls right; {@link fitLens} does the check. */
  readonly model?: ModelShape;
  /** Jacobian: where it was captured, said by the person who uploads it; a file that says so itself is believed. */
  readonly capturePoint?: string;
  /** Jacobian: the block whose output it differentiates; as `capturePoint`. */
  readonly targetLayer?: number;
}

/**
 * Opens and reads a lens file. See {@link readLens}; close the result when done.
 *
 * @throws {LensFileError} for a file that is no lens; what the system says of one that is not there is passed on
 */
export async function readLensFile(path: string, options: ReadLensOptions = {}): Promise<OpenLensFile> {
  const source = await openSource(path);
  try {
    return new OpenLensFile((await readLens(source, options)).contents, source);
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Reads what a lens file holds, recognised by its content (numerics.md, Lens files; formats.md): a torch ZIP of
 * tuned-lens or jacobian-lens, safetensors of either or of jlenskit, or an `.npz` of mlxterp. Reads headers only: a few
 * kilobytes of a file of any size. Every range is checked; the numbers are not ({@link scanFinite}).
 *
 * @throws {LensFileError} naming the record, tensor, key or opcode, and what would be right
 */
export async function readLens(source: Source, options: ReadLensOptions = {}): Promise<LensFile> {
  const start = await readBytes(source, 0, Math.min(source.size, MAGIC_BYTES));
  const foreign = describeForeign(start);
  if (foreign !== null) throw new LensFileError("magic", `this is ${foreign}`);
  const magic = new TextDecoder("latin1").decode(start.subarray(0, 4));
  if (magic.startsWith("PK")) return await readZip(source, options);
  if (magic === "GGUF") throw new LensFileError("magic", "this is a GGUF file: a model, not a lens");
  if (!looksLikeSafetensors(start)) {
    const reason =
      "this is neither a torch file (ZIP) nor safetensors nor npz: a safetensors header would begin with '{'";
    throw new LensFileError("magic", reason);
  }
  const named = await readSafetensors(source);
  return await assemble(source, namedParts(named), "safetensors", named.regions, options);
}

async function readZip(source: Source, options: ReadLensOptions): Promise<LensFile> {
  const records = await readZipDirectory(source);
  if (isNpz(records)) {
    const named = await readNpz(source, records);
    return await assemble(source, mlxterpParts(named), "npz", named.regions, options);
  }
  const { value, storages } = await readTorchFile(source, records);
  if (typeof value !== "object" || value?.kind !== "dict") {
    throw new LensFileError("lens.value", `data.pkl holds ${kindOf(value)}; a lens is a dict of tensors`);
  }
  refuseNearLens([...value.entries.keys()].map(String));
  const tensors = new TorchTensors(storages);
  const parts = value.entries.has("J") ? jacobianTorchParts(value, tensors) : tunedLensParts(stateDict(value, tensors));
  tensors.finish();
  return await assemble(source, parts, "torch", records, options);
}

function stateDict(dict: PickleDict, torch: TorchTensors): Pick<NamedTensors, "tensors" | "metadata"> {
  const tensors = new Map<string, StridedTensor>();
  for (const [key, value] of dict.entries) {
    const name = shown(String(key));
    if (typeof value !== "object" || value?.kind !== "tensor") {
      throw new LensFileError("lens.value", `\`${name}\` is ${kindOf(value)}; every value of a tuned lens is a tensor`);
    }
    if (typeof key !== "string") {
      throw new LensFileError("lens.keys", `the key ${name} is an int; keys of a tuned lens are strings`);
    }
    tensors.set(key, torch.tensor(key, value));
  }
  return { tensors, metadata: {} };
}

function namedParts(named: NamedTensors): LensParts {
  const keys = [...named.tensors.keys()];
  refuseNearLens(keys);
  if (isJacobianSafetensors(keys)) return jacobianSafetensorsParts(named);
  return isJlenskit(keys) ? jlenskitParts(named) : tunedLensParts(named);
}

async function assemble(
  source: Source,
  parts: LensParts,
  container: LensContents["container"],
  regions: readonly Region[],
  { model, capturePoint, targetLayer }: ReadLensOptions,
): Promise<LensFile> {
  const { layers, spare, ...rest } = parts;
  const dModel = commonWidth(new Map([...layers, ...spare.map((weight, at) => [-1 - at, { weight }] as const)]), model);
  const last = [...layers].at(-1)?.[1].weight;
  const contents: LensContents = {
    ...rest,
    capturePoint: rest.capturePoint ?? capturePointOf(capturePoint ?? null),
    targetLayer: rest.targetLayer ?? targetLayer ?? null,
    layers: [...layers.keys()],
    dModel,
    dtype: commonestDType(layers),
    tensors: layers,
    spare,
    container,
    regions,
    lastIsIdentity: parts.kind === "jacobian" && last !== undefined && await isIdentity(source, last),
  };
  return new LensFile(contents, source);
}

/** Stored bits of the number 1. */
const ONE = { F32: 0x3f800000, F16: 0x3c00, BF16: 0x3f80, F64: 1 } as const;
const ROWS_AT_ONCE = 32;

/** Whether a square matrix is exactly 1; ends at the first element that says no. */
async function isIdentity(source: Source, weight: StridedTensor): Promise<boolean> {
  const { rows, columns } = matrixOf(weight);
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const words = await readRows(source, weight, from, Math.min(rows, from + ROWS_AT_ONCE));
    for (let at = 0; at < words.length; at++) {
      const diagonal = at % columns === from + Math.floor(at / columns);
      if (words[at] !== (diagonal ? ONE[weight.dtype] : 0)) return false;
    }
  }
  return true;
}
