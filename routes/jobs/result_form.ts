import type { z } from "@hono/zod-openapi";
import type { JobResult } from "../../lab/jobs/types.ts";
import type { ResultFormat } from "../../openapi/schemas/job.ts";
import { csv } from "../answer/csv.ts";
import type { ByteRange } from "../lenses/byte_range.ts";
import { fileBytes } from "./file_bytes.ts";
import { resultCsv } from "./result_csv.ts";
import { checkSeed, resultSeed } from "./result_seed.ts";

/** What is done of a job, in one form, as bytes. */
export interface ResultBytes {
  readonly contentType: string;
  readonly extension: string;
  /** Bytes of all of it, where that is known beforehand. */
  readonly length: number | null;
  read(range?: ByteRange): AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
}

/**
 * @param depth gives the blocks of the model
 * @throws {Refusal} 422 where the form needs what the job has not
 */
export async function resultForm(
  format: z.infer<typeof ResultFormat>,
  result: JobResult,
  depth: () => number,
): Promise<ResultBytes> {
  if (format === "ndjson") {
    return {
      contentType: "application/x-ndjson",
      extension: ".jsonl",
      length: result.bytes,
      read: (range = { from: 0, to: result.bytes }) => fileBytes(result.file, range),
    };
  }
  if (format === "csv") return written(() => resultCsv(result), ".csv");
  const layers = depth();
  await checkSeed(result, layers);
  return written(() => resultSeed(result, layers), "_res.csv");
}

/** A table that is written anew each time it is read. */
function written(text: () => AsyncGenerator<string, void>, extension: string): ResultBytes {
  return { contentType: csv.contentType, extension, length: null, read: (range) => partOf(encoded(text()), range) };
}

/** Bytes of all of it: of what is not known beforehand, by writing it once. */
export async function lengthOf(form: ResultBytes, signal: AbortSignal): Promise<number> {
  if (form.length !== null) return form.length;
  let bytes = 0;
  for await (const piece of form.read()) {
    signal.throwIfAborted();
    bytes += piece.byteLength;
  }
  return bytes;
}

async function* encoded(texts: AsyncGenerator<string, void>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

async function* partOf(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
  { from, to }: ByteRange = { from: 0, to: Infinity },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let at = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, from - at), Math.max(0, Math.min(piece.byteLength, to - at)));
    at += piece.byteLength;
    if (part.byteLength > 0) yield part;
    if (at >= to) return;
  }
}
