import { z } from "zod";
import type { Json, LayerTensors, LensContents } from "../files/lens_file.ts";
import { type Region, type StridedTensor, stridedTensor } from "../files/strided_tensor.ts";
import type { StoredLens } from "./stored_lens.ts";
import { LENS_ID, LENS_READINGS } from "./types.ts";

/** Raised where an older service would misread a record. */
const VERSION = 1;

const count = z.int().min(0);
const dtype = z.enum(["F32", "F16", "BF16", "F64"]);
const text = z.string();
const tensor = z.strictObject({
  name: text,
  dtype,
  shape: z.array(count).min(1),
  strides: z.array(z.int()),
  /** Index into `regions`. */
  region: count,
  start: count,
});
const json: z.ZodType<Json> = z.json();

const recordFile = z.strictObject({
  version: z.literal(VERSION),
  id: text.regex(LENS_ID),
  sha256: text.regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1),
  createdAt: z.iso.datetime(),
  note: text.nullable(),
  owner: text.nullable(),
  shared: z.boolean(),
  reading: z.enum(LENS_READINGS),
  unembedHash: text.nullable(),
  config: z.strictObject({
    baseModel: text.nullable(),
    baseModelRevision: text.nullable(),
    dModel: count.nullable(),
    layers: count.nullable(),
    bias: z.boolean().nullable(),
    unembedHash: text.nullable(),
  }).nullable(),
  contents: z.strictObject({
    kind: z.enum(["tuned", "jacobian"]),
    form: z.enum(["residual", "full_map", "jacobian"]),
    dialect: z.enum(["tuned-lens", "jacobian-lens", "jlenskit", "mlxterp"]),
    container: z.enum(["torch", "safetensors", "npz"]),
    dModel: z.int().min(1),
    dtype,
    provenance: z.record(text, json),
    capturePoint: text.nullable(),
    targetLayer: z.int().nullable(),
    lastIsIdentity: z.boolean(),
    warnings: z.array(text),
    regions: z.array(z.strictObject({ name: text, offset: count, length: count, crc32: count.nullable() })),
    layers: z.array(z.strictObject({ layer: count, weight: tensor, bias: tensor.optional() })).min(1),
    spare: z.array(tensor),
  }),
});

type RecordFile = Omit<z.infer<typeof recordFile>, "version">;
type TensorJson = z.infer<typeof tensor>;

/** The text of `ids/<id>.json`: all that is known of a lens, so that nothing of its file is parsed again. */
export function writeRecord({ contents, ...said }: StoredLens): string {
  const { regions, tensors, spare, layers: _, ...facts } = contents;
  // A tensor's region is one of `regions`, or a copy of one.
  const indices = new Map(regions.map((region, index) => [region.offset, index]));
  const asJson = ({ region, ...tensor }: StridedTensor): TensorJson => ({
    ...tensor,
    shape: [...tensor.shape],
    strides: [...tensor.strides],
    region: indices.get(region.offset)!,
  });
  const layers = [...tensors].map(([layer, { weight, bias }]) => ({
    layer,
    weight: asJson(weight),
    ...(bias && { bias: asJson(bias) }),
  }));
  const record = { version: VERSION, ...said, contents: { ...facts, regions, layers, spare: spare.map(asJson) } };
  return `${JSON.stringify(record)}\n`;
}

/**
 * Reads a record back; every range of every tensor is held to the file's length once more.
 *
 * @throws {Error} with the reason, for a text that is no such record
 */
export function parseRecord(recordText: string, id: string): StoredLens {
  const parsed = recordFile.safeParse(JSON.parse(recordText));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const { version: _, ...record } = parsed.data;
  if (record.id !== id) throw new Error(`the record is of the lens ${record.id}`);
  return { ...record, contents: contentsOf(record) };
}

function contentsOf({ contents, bytes }: RecordFile): LensContents {
  const { layers, spare, ...facts } = contents;
  const regions: Region[] = facts.regions;
  const beyond = regions.find(({ offset, length }) => offset + length > bytes);
  if (beyond !== undefined) throw new Error(`the region ${beyond.name} ends beyond the file's ${bytes} bytes`);
  const asTensor = ({ region, ...tensor }: TensorJson, dimensions?: number): StridedTensor => {
    const found = regions[region];
    if (found === undefined) throw new Error(`${tensor.name} lies in region ${region} of ${regions.length}`);
    if (dimensions !== undefined && tensor.shape.join() !== Array(dimensions).fill(facts.dModel).join()) {
      throw new Error(`${tensor.name} is not ${facts.dModel} wide`);
    }
    return stridedTensor({ ...tensor, region: found });
  };
  const tensors = layers.map(({ layer, weight, bias }): [number, LayerTensors] => [
    layer,
    { weight: asTensor(weight, 2), ...(bias && { bias: asTensor(bias, 1) }) },
  ]);
  return {
    ...facts,
    layers: tensors.map(([layer]) => layer),
    tensors: new Map(tensors),
    spare: spare.map((one) => asTensor(one)),
  };
}

/** What can be told of a record that cannot be read, so that its bytes are not taken for nobody's. */
export function digestNamedIn(recordText: string): string | null {
  return /"sha256":\s*"([0-9a-f]{64})"/.exec(recordText)?.[1] ?? null;
}

/** Written by a newer service, which may share the folder. */
export function isNewerRecord(recordText: string): boolean {
  return Number(/^\s*\{\s*"version":\s*([0-9]+)/.exec(recordText)?.[1] ?? 0) > VERSION;
}
