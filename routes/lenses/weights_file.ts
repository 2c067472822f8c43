import { lensAsSafetensors } from "../../lens/files/lens_as_safetensors.ts";
import { LensFile } from "../../lens/files/lens_file.ts";
import { type FileSource, openSource, readBytes } from "../../lens/files/source.ts";
import type { LensEntry } from "../../lens/library/types.ts";
import type { ByteRange } from "./byte_range.ts";

export type WeightsFormat = "original" | "safetensors";

/** One piece of a download, in bytes. */
const PIECE_BYTES = 1024 * 1024;
const EXTENSION = { torch: ".pt", safetensors: ".safetensors", npz: ".npz" } as const;

/** A lens' file, open for a download: as uploaded, or converted while it is read. */
export class WeightsFile implements AsyncDisposable {
  private constructor(
    readonly length: number,
    private readonly source: FileSource,
    private readonly held: Disposable,
    readonly read: (range: ByteRange) => AsyncGenerator<Uint8Array>,
  ) {}

  static async open(entry: LensEntry, format: WeightsFormat): Promise<WeightsFile> {
    const held = entry.hold();
    try {
      const source = await openSource(entry.file);
      if (format === "original") {
        return new WeightsFile(source.size, source, held, (range) => pieces(source, range));
      }
      const converted = lensAsSafetensors(new LensFile(entry.contents, source));
      return new WeightsFile(converted.length, source, held, ({ from, to }) => converted.read(from, to));
    } catch (error) {
      held[Symbol.dispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source[Symbol.asyncDispose]();
    this.held[Symbol.dispose]();
  }
}

async function* pieces(source: FileSource, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += PIECE_BYTES) yield await readBytes(source, at, Math.min(PIECE_BYTES, to - at));
}

/** The tag of one format of a lens: each has its own bytes. */
export function weightsEtag({ record }: LensEntry, format: WeightsFormat): string {
  return format === "original" ? `"${record.sha256}"` : `"${record.sha256}-safetensors"`;
}

/** A name to save it under, of characters that every file system takes. */
export function weightsName({ record }: LensEntry, format: WeightsFormat): string {
  const extension = format === "original" ? EXTENSION[record.container] : EXTENSION.safetensors;
  return record.id.endsWith(extension) ? record.id : `${record.id}${extension}`;
}
