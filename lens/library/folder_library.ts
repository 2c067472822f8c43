import type { Log } from "../../log/log.ts";
import { checkFolder } from "./check_folder.ts";
import { checkConditions, checkId } from "./conditions.ts";
import { type Disk, localDisk } from "./disk.ts";
import { diskRefusal } from "./disk_refusal.ts";
import { lensEntry } from "./entry.ts";
import { checkRemarks, refused } from "./examine.ts";
import { LensFolder } from "./lens_folder.ts";
import { ProcessLenses } from "./process_lenses.ts";
import type { StoredLens } from "./stored_lens.ts";
import {
  type LensConditions,
  type LensEntry,
  type LensLibrary,
  LensLibraryError,
  type LensLimits,
  type LensModel,
  type LensPatch,
  type LensRemarks,
  type LensUpload,
  type LensUploadOptions,
} from "./types.ts";
import { FolderUpload } from "./upload.ts";

const GIB = 1024 ** 3;

/** A float32 lens of an 80-block model of width 8192 is 21 GB. */
export const DEFAULT_LIMITS: LensLimits = { maxFileBytes: 32 * GIB, maxLibraryBytes: 50 * GIB };

export interface LibraryOptions {
  /** `<data>/lenses`; made if it is not there. */
  readonly folder: string;
  readonly log: Log;
  readonly limits?: Partial<LensLimits>;
  /** Where digests of `addFile`'s files are remembered between starts. */
  readonly cacheFolder?: string;
  readonly disk?: Disk;
}

/**
 * Opens the library, its folder checked and cleared of what a crash left. Where the folder cannot be written the lenses in it are
 * served, changes are refused, and each of them tries again.
 */
export async function openLensLibrary(options: LibraryOptions): Promise<LensLibrary> {
  const { folder: path, log, limits, cacheFolder, disk = localDisk } = options;
  const folder = new LensFolder(path, log, disk);
  const library = new FolderLibrary(folder, { ...DEFAULT_LIMITS, ...limits }, new ProcessLenses(cacheFolder ?? null));
  await library.open();
  return library;
}

class FolderLibrary implements LensLibrary {
  #model: LensModel | null = null;
  readonly #inFlight = { bytes: 0 };
  #isChecked = false;
  #trouble: LensLibraryError | null = null;

  constructor(readonly folder: LensFolder, readonly limits: LensLimits, readonly own: ProcessLenses) {}

  async open(): Promise<void> {
    const trouble = await this.#writing(() => Promise.resolve()).then(() => null, (error) => error);
    if (trouble !== null && trouble !== this.#trouble) throw trouble;
    if (trouble !== null) this.folder.log.error("no lens can be uploaded: {trouble}", { trouble: trouble.message });
  }

  useModel(model: LensModel): void {
    this.#model = model;
  }

  async trouble(): Promise<string | null> {
    if (this.#trouble === null) return null;
    const tried = this.#writing(() => this.folder.tryWriting());
    return await tried.then(() => null, (error: Error) => error.message);
  }

  async list(): Promise<LensEntry[]> {
    const kept = (await this.folder.all()).filter(({ id }) => !this.own.has(id)).map((stored) => this.#entry(stored));
    const entries = [...kept, ...await this.own.entries(this.#model)];
    return entries.sort((a, b) => a.record.id < b.record.id ? -1 : 1);
  }

  async get(id: string): Promise<LensEntry | null> {
    const own = await this.own.entry(id, this.#model);
    if (own !== null) return own;
    // An id out of a request becomes a path below.
    if (!isId(id)) return null;
    const stored = await this.folder.stored(id);
    return stored && this.#entry(stored);
  }

  async upload(id: string, options: LensUploadOptions = {}): Promise<LensUpload> {
    this.#checkWritable(id);
    const { folder, limits } = this;
    const parts = { id, options, folder, limits, model: () => this.#loaded(), inFlight: this.#inFlight };
    const upload = await this.#writing(() => FolderUpload.begin(parts));
    return {
      get written() {
        return upload.written;
      },
      write: (chunk) => this.#writing(() => upload.write(chunk)),
      finish: async (finishing) => {
        const { stored, created, unchanged } = await this.#writing(() => upload.finish(finishing));
        return { entry: this.#entry(stored), created, unchanged };
      },
      abort: () => upload.abort(),
      [Symbol.asyncDispose]: () => upload.abort(),
    };
  }

  async patch(id: string, patch: LensPatch, conditions: LensConditions = {}): Promise<LensEntry> {
    return await this.#change(id, conditions, async (existing) => {
      const stored = patched(existing, patch);
      await this.folder.publish(stored, null);
      return this.#entry(stored);
    });
  }

  async remove(id: string, conditions: LensConditions = {}): Promise<void> {
    await this.#change(id, conditions, (existing) => this.folder.unpublish(existing));
  }

  async addFile(id: string, path: string, remarks: LensRemarks = {}): Promise<LensEntry> {
    checkId(id);
    await this.own.add(id, path, remarks, this.#model);
    return (await this.get(id))!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder.holds.settled();
  }

  async #change<T>(id: string, conditions: LensConditions, change: (existing: StoredLens) => Promise<T>): Promise<T> {
    this.#checkWritable(id);
    return await this.#writing(() =>
      this.folder.locked(async () => {
        const existing = await this.folder.stored(id);
        if (existing === null) throw new LensLibraryError("notFound", `there is no lens ${id}`);
        checkConditions(id, existing, conditions);
        return await change(existing);
      })
    );
  }

  /** Something that writes to the folder, once that is whole; what the disk refuses is remembered until something succeeds. */
  async #writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      if (!this.#isChecked) await checkFolder(this.folder);
      this.#isChecked = true;
      const done = await work();
      this.#trouble = null;
      return done;
    } catch (error) {
      const refused = error instanceof LensLibraryError ? error : diskRefusal(error);
      if (refused?.kind === "diskFull" || refused?.kind === "unwritable") this.#trouble = refused;
      throw refused ?? error;
    }
  }

  #entry(stored: StoredLens): LensEntry {
    const { folder } = this;
    return lensEntry({
      stored,
      model: this.#model,
      file: folder.blob(stored.sha256),
      persistent: true,
      hold: () => folder.hold(stored),
    });
  }

  #checkWritable(id: string): void {
    checkId(id);
    if (!this.own.has(id)) return;
    throw new LensLibraryError("readOnly", `the lens ${id} was given when the service started; take another id`);
  }

  #loaded(): LensModel {
    if (this.#model !== null) return this.#model;
    throw new LensLibraryError("loading", "no model is loaded yet that a lens could be held to");
  }
}

function isId(id: string): boolean {
  try {
    checkId(id);
    return true;
  } catch {
    return false;
  }
}

function patched(existing: StoredLens, { note, shared, config }: LensPatch): StoredLens {
  try {
    const { reading, unembedHash, contents } = existing;
    const kept = config === undefined ? existing.config : config;
    const said = { reading, ...(unembedHash !== null && { unembedHash }), ...(kept !== null && { config: kept }) };
    return {
      ...existing,
      note: note === undefined ? existing.note : note,
      shared: shared ?? existing.shared,
      config: checkRemarks(contents, said).config,
    };
  } catch (error) {
    throw refused(error);
  }
}
