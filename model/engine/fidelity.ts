import { join } from "node:path";
import { z } from "zod";
import { type Site, SITES } from "../../lens/sites.ts";
import { FORMAT } from "../checkpoint/convert/recipes.ts";
import type { StateName } from "../graph/states.ts";
import type { ReportedPrecision } from "./precision.ts";

/** What is compared with f32. */
export const MEASURED_PRECISIONS = ["q16", "q8", "q4", "gguf"] as const;
export type MeasuredPrecision = (typeof MEASURED_PRECISIONS)[number];

/** A {@link StateName}. */
const state = z.templateLiteral([z.enum(SITES), ".", z.int().min(0)]);

const stateFidelity = z.object({
  state,
  /** Rows compared. */
  positions: z.int().min(1),
  /** Mean KL to f32 in nats; rounding may take it a little below 0. */
  kl: z.number(),
  /** Share of the rows whose likeliest token is f32's. */
  top1Agreement: z.number().min(0).max(1),
  /** Mean rank of f32's likeliest token. */
  meanRank: z.number().min(1),
});

const precisionFidelity = z.object({
  precision: z.enum(MEASURED_PRECISIONS),
  /** Of ONNX Runtime's packed weights, as planned. */
  weightsBytes: z.number().min(0),
  output: stateFidelity,
  /** Every distinct state, in the order in which the residual stream passes them. */
  states: z.array(stateFidelity).min(1).readonly(),
});

const fidelityRecord = z.object({
  model: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Of the converted weights that were measured: figures of others say nothing. */
  format: z.int(),
  /** Name of the text. */
  corpus: z.string(),
  prompts: z.int().min(1),
  precisions: z.array(precisionFidelity).readonly(),
});

/** Means over rows of a state: its read-outs against those of the same state in f32. */
export type StateFidelity = Readonly<z.infer<typeof stateFidelity>>;
export type PrecisionFidelity = Readonly<z.infer<typeof precisionFidelity>>;
/** What `deno task fidelity` writes of a model. */
export type FidelityRecord = Readonly<z.infer<typeof fidelityRecord>>;

export function placeOf(name: StateName): { readonly site: Site; readonly layer: number } {
  const [site, layer] = name.split(".") as [Site, string];
  return { site, layer: Number(layer) };
}

/** Where `deno task fidelity` leaves what it measured, under the data folder. */
export function fidelityFolder(dataFolder: string): string {
  return join(dataFolder, "fidelity");
}

/** @throws where the text is not a record that this version reads */
export function fidelityOf(text: string): FidelityRecord {
  return fidelityRecord.parse(JSON.parse(text));
}

/** @returns null where the file is not there or not one that this version reads */
export async function readFidelity(file: string): Promise<FidelityRecord | null> {
  try {
    return fidelityOf(await Deno.readTextFile(file));
  } catch {
    return null;
  }
}

/**
 * What the precision does to the read-outs of a model, where it has been measured.
 *
 * @param folders of records, the first that has figures wins
 */
export async function findFidelity(
  folders: readonly string[],
  { digest, precision }: { readonly digest: string; readonly precision: ReportedPrecision },
): Promise<PrecisionFidelity | null> {
  for (const folder of folders) {
    for (const name of await recordsIn(folder)) {
      const record = await readFidelity(join(folder, name));
      if (record?.digest !== digest || record.format !== FORMAT) continue;
      const found = record.precisions.find((one) => one.precision === precision);
      if (found !== undefined) return found;
    }
  }
  return null;
}

async function recordsIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).filter((name) => /\.json$/.test(name));
  } catch {
    return [];
  }
}
