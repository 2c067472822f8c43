import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileLines } from "./file_lines.ts";
import type { JobDisk } from "./job_disk.ts";
import { type JobPrompt, JobStoreError } from "./types.ts";

const NAME = "prompts.ndjson";
/** `[[line, offset], …]`: where lines begin, one in so many bytes. */
const MARKS_NAME = "prompts.marks.json";
const MARK_BYTES = 2 ** 20;
const BUFFER_BYTES = 256 * 1024;

export function promptsPath(folder: string): string {
  return join(folder, NAME);
}

export interface PromptsWritten {
  readonly total: number;
  readonly bytes: number;
}

export interface PromptBounds {
  readonly maxPrompts: number;
  /** Called with the bytes so far; throws where there are too many. */
  readonly onBytes: (bytes: number) => Promise<void>;
}

/**
 * Writes the prompts of a new job, durably, in flat memory.
 * @throws {JobStoreError} tooManyPrompts
 */
export async function writePrompts(
  folder: string,
  prompts: AsyncIterable<string>,
  { maxPrompts, onBytes }: PromptBounds,
  disk: JobDisk,
  signal: AbortSignal,
): Promise<PromptsWritten> {
  using file = await Deno.open(promptsPath(folder), { createNew: true, write: true });
  const encoder = new TextEncoder();
  const marks: [number, number][] = [];
  let total = 0;
  let bytes = 0;
  let written = 0;
  let waiting: string[] = [];
  const flush = async () => {
    const text = encoder.encode(waiting.join(""));
    waiting = [];
    await onBytes(bytes);
    await disk.write(file, text);
    written = bytes;
  };
  for await (const prompt of prompts) {
    signal.throwIfAborted();
    if (total === maxPrompts) throw new JobStoreError("tooManyPrompts", `a job may have ${maxPrompts} prompts at most`);
    if (bytes - (marks.at(-1)?.[1] ?? 0) >= MARK_BYTES) marks.push([total, bytes]);
    waiting.push(prompt, "\n");
    bytes += Buffer.byteLength(prompt) + 1;
    total++;
    if (bytes - written >= BUFFER_BYTES) await flush();
  }
  await flush();
  await disk.sync(file);
  using marksFile = await Deno.open(join(folder, MARKS_NAME), { createNew: true, write: true });
  await disk.write(marksFile, encoder.encode(JSON.stringify(marks)));
  await disk.sync(marksFile);
  return { total, bytes };
}

/** The prompts from an index on. Reads a mebibyte or two that are not wanted, however large the file is. */
export async function* readPrompts(folder: string, from: number): AsyncGenerator<JobPrompt> {
  const marks = JSON.parse(await Deno.readTextFile(join(folder, MARKS_NAME))) as [number, number][];
  const [first, offset] = marks.findLast(([line]) => line <= from) ?? [0, 0];
  using file = await Deno.open(promptsPath(folder));
  const decoder = new TextDecoder();
  let index = first;
  for await (const { bytes } of fileLines(file, offset)) {
    if (index >= from) yield { index, line: decoder.decode(bytes) };
    index++;
  }
}
