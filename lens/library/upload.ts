import { checkConditions } from "./conditions.ts";
import { passOnDiskRefusal } from "./disk_refusal.ts";
import { examine } from "./examine.ts";
import { IncomingFile } from "./incoming_file.ts";
import type { LensFolder } from "./lens_folder.ts";
import { bytesOf, checkQuota, overQuota } from "./quota.ts";
import type { StoredLens } from "./stored_lens.ts";
import { LensLibraryError, type LensLimits, type LensModel, type LensUpload, type LensUploadOptions } from "./types.ts";

/** What an upload came to, as it is kept. */
export interface Published {
  readonly stored: StoredLens;
  readonly created: boolean;
  readonly unchanged: boolean;
}

export interface UploadParts {
  readonly id: string;
  readonly options: LensUploadOptions;
  readonly folder: LensFolder;
  readonly limits: LensLimits;
  readonly model: () => LensModel;
  /** Bytes of all uploads of this process that are on their way. */
  readonly inFlight: { bytes: number };
}

/** One lens on its way in: refused as early as can be told, visible only when all is well. */
export class FolderUpload implements Omit<LensUpload, "finish"> {
  #state: "open" | "finishing" | "over" = "open";
  #announced: number;

  private constructor(readonly parts: UploadParts, readonly incoming: IncomingFile, readonly room: number) {
    this.#announced = parts.options.contentLength ?? Infinity;
  }

  /** @throws {LensLibraryError} for what can be refused before a byte has come */
  static async begin(parts: UploadParts): Promise<FolderUpload> {
    const { id, options, folder, limits, inFlight } = parts;
    parts.model();
    checkConditions(id, await folder.stored(id), options);
    const { contentLength = 0, expectedSha256 } = options;
    if (contentLength > limits.maxFileBytes) throw tooLarge(limits);
    // What is replaced makes room, and bytes that are there already take none.
    const others = (await folder.all()).filter((lens) => lens.id !== id && lens.sha256 !== expectedSha256);
    const room = limits.maxLibraryBytes - bytesOf(others);
    if (contentLength > room - inFlight.bytes) {
      throw overQuota(limits.maxLibraryBytes - room + contentLength, limits.maxLibraryBytes);
    }
    const { path, file } = await folder.create().catch(passOnDiskRefusal);
    return new FolderUpload(parts, new IncomingFile(path, file), room);
  }

  get written(): number {
    return this.incoming.written;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== "open") throw new TypeError("the upload is over");
    const { limits, inFlight } = this.parts;
    const after = this.written + chunk.length;
    if (after > limits.maxFileBytes) throw tooLarge(limits);
    if (after > this.#announced) throw otherLength(after, this.#announced);
    inFlight.bytes += chunk.length;
    const took = this.written;
    if (inFlight.bytes > this.room) {
      inFlight.bytes -= chunk.length;
      throw overQuota(limits.maxLibraryBytes - this.room + inFlight.bytes + chunk.length, limits.maxLibraryBytes);
    }
    await this.incoming.write(chunk).catch((error) => {
      inFlight.bytes -= chunk.length - (this.written - took);
      return passOnDiskRefusal(error);
    });
  }

  async finish({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Published> {
    if (this.#state !== "open") throw new TypeError("the upload is over");
    this.#state = "finishing";
    try {
      const sha256 = await this.incoming.end();
      this.#checkArrived(sha256);
      return await this.#publish(sha256, signal);
    } catch (error) {
      return passOnDiskRefusal(error);
    } finally {
      await this.#end();
    }
  }

  abort(): Promise<void> {
    return this.#state === "open" ? this.#end() : Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  #checkArrived(sha256: string): void {
    const { contentLength, expectedSha256 } = this.parts.options;
    if (contentLength !== undefined && this.written !== contentLength) throw otherLength(this.written, contentLength);
    if (expectedSha256 !== undefined && expectedSha256 !== sha256) {
      throw new LensLibraryError(
        "digestMismatch",
        `the bytes that came have the sha256 ${sha256}, not ${expectedSha256}`,
      );
    }
  }

  /** Examines the file beside what is there, then puts it in its place. */
  async #publish(sha256: string, signal: AbortSignal | undefined): Promise<Published> {
    const { folder, id, options } = this.parts;
    const durable = this.incoming.sync();
    durable.catch(() => {}); // Awaited below, unless the lens is refused first.
    const expected = await folder.stored(id);
    const lens = await this.#candidate(sha256, expected, { scan: expected?.sha256 !== sha256, signal });
    await durable;
    signal?.throwIfAborted();
    return await folder.locked(async () => {
      const existing = await this.#existing();
      checkConditions(id, existing, options);
      if (existing === expected) return await this.#replace(existing, lens);
      // Somebody was faster: what is said of the lens is put together anew; its bytes were looked at.
      return await this.#replace(existing, await this.#candidate(sha256, existing, { scan: false, signal }));
    });
  }

  async #candidate(
    sha256: string,
    existing: StoredLens | null,
    { scan, signal }: { readonly scan: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<StoredLens> {
    const { id, options, model } = this.parts;
    // Of the same bytes, what is not said anew stays.
    const same = existing?.sha256 === sha256 ? existing : null;
    const kept = same && {
      reading: same.reading,
      ...(same.contents.capturePoint !== null && { capturePoint: same.contents.capturePoint }),
      ...(same.contents.targetLayer !== null && { targetLayer: same.contents.targetLayer }),
      ...(same.unembedHash !== null && { unembedHash: same.unembedHash }),
      ...(same.config !== null && { config: same.config }),
    };
    const { contents, reading, config, unembedHash } = await examine(
      this.incoming.path,
      { ...kept, ...options },
      { model: model(), scan, ...(signal && { signal }) },
    );
    return {
      id,
      sha256,
      bytes: this.written,
      createdAt: same?.createdAt ?? new Date().toISOString(),
      note: options.note === undefined ? same?.note ?? null : options.note,
      owner: existing === null ? options.owner ?? null : existing.owner,
      shared: options.shared ?? existing?.shared ?? true,
      reading,
      unembedHash,
      config,
      contents,
    };
  }

  /** What is there; under the lock. */
  async #existing(): Promise<StoredLens | null> {
    const { folder, id } = this.parts;
    const record = await folder.read(id);
    if (record.state !== "unreadable") return record.state === "read" ? record.stored : null;
    const what = record.newer ? record.reason : "damaged";
    throw new LensLibraryError("conflict", `the record of the lens ${id} that is there is ${what}`);
  }

  /** Under the lock. */
  async #replace(existing: StoredLens | null, lens: StoredLens): Promise<Published> {
    const { folder, limits } = this.parts;
    if (existing !== null && isSame(existing, lens) && await folder.hasBlob(existing)) {
      return { stored: existing, created: false, unchanged: true };
    }
    checkQuota(await folder.all(), lens, limits.maxLibraryBytes);
    await folder.publish(lens, this.incoming.path);
    return { stored: lens, created: existing === null, unchanged: false };
  }

  async #end(): Promise<void> {
    this.#state = "over";
    const { folder, inFlight } = this.parts;
    inFlight.bytes -= this.written;
    try {
      // Published, it has another name by now. Its lock goes last, so that nobody else clears it away meanwhile.
      await folder.disk.remove(this.incoming.path);
    } catch (error) {
      folder.log.warn("the remains of an upload could not be removed; the next start tries again", {
        cause: (error as Error).message,
      });
    } finally {
      await this.incoming.close();
    }
  }
}

function isSame(a: StoredLens, b: StoredLens): boolean {
  const asText = ({ contents: { capturePoint, targetLayer }, ...said }: StoredLens) =>
    JSON.stringify(
      { ...said, capturePoint, targetLayer },
      (_, value) =>
        value !== null && typeof value === "object" && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
          : value,
    );
  return asText(a) === asText(b);
}

function tooLarge({ maxFileBytes }: LensLimits): LensLibraryError {
  return new LensLibraryError("tooLarge", `a lens may have ${maxFileBytes} bytes`);
}

function otherLength(came: number, announced: number): LensLibraryError {
  return new LensLibraryError("digestMismatch", `${came} bytes came; ${announced} were announced`);
}
