import { open } from "node:fs/promises";
import { LensFileError } from "./lens_file_error.ts";

/** Bytes that are read at random places; the readers see nothing else of a file. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` from byte `offset`. @throws {LensFileError} rule `file` when the source ends first */
  read(into: Uint8Array, offset: number): Promise<void>;
}

/** A source over an open file: positional reads, so that many may run at once. */
export interface FileSource extends Source, AsyncDisposable {}

/** Opens `path` for reading. What the system says of a file that is not there is passed on. */
export async function openSource(path: string): Promise<FileSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    size,
    async read(into, offset) {
      for (let at = 0; at < into.length;) {
        const { bytesRead } = await file.read(into, at, into.length - at, offset + at);
        if (bytesRead === 0) throw endsEarly(offset + at);
        at += bytesRead;
      }
    },
    async [Symbol.asyncDispose]() {
      await file.close();
    },
  };
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read(into, offset) {
      if (offset + into.length > bytes.length) return Promise.reject(endsEarly(bytes.length));
      into.set(bytes.subarray(offset, offset + into.length));
      return Promise.resolve();
    },
  };
}

/** `length` bytes from `offset` in memory of their own. */
export async function readBytes(source: Source, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await source.read(bytes, offset);
  return bytes;
}

function endsEarly(offset: number): LensFileError {
  return new LensFileError("file", `truncated: the file ends at byte ${offset}`);
}
