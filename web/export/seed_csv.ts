import type { StartFrame } from "../../clients/typescript/midstream.ts";
import { writeSeedCsv } from "../formats/seed_csv_write.ts";
import type { Kept } from "./kept.ts";

/**
 * The seed's form, spelt as its files are: decoded text for the logit lens, pieces for others, where they are known.
 * @throws {ExportFault}
 */
export function seedCsv({ shown: { picture, question: { lens } } }: Kept): string {
  const start = picture.frames.find((frame): frame is StartFrame => frame.type === "start");
  const kind = start?.lenses.find(({ id }) => id === lens)?.kind;
  const [token] = picture.cells();
  const hasPieces = token?.top.every(({ piece }) => piece !== "") ?? false;
  return writeSeedCsv(picture, lens, kind === "logit" || !hasPieces ? "text" : "piece");
}
