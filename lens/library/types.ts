import type { LensConfig } from "../files/lens_config.ts";
import type { Json, LensContents, LensDialect } from "../files/lens_file.ts";
import type { LensDType } from "../files/strided_tensor.ts";
import type { Lens } from "../lens.ts";
import type { TranslatorSource } from "../translator.ts";

/** The rule an id keeps, beside not being `logit`. */
export const LENS_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** How a tuned lens is read: as its own package does, or as DanYuDE/Research-Project does (numerics.md, Lenses). */
export const LENS_READINGS = ["tuned_lens", "danyude"] as const;
export type LensReading = (typeof LENS_READINGS)[number];

/** What is known of a registered lens whatever model is loaded. */
export interface LensRecord {
  readonly id: string;
  readonly kind: "tuned" | "jacobian";
  readonly dialect: LensDialect;
  readonly container: LensContents["container"];
  /** Layers of the file in this service's convention, ascending (lens/files). */
  readonly layers: readonly number[];
  readonly dModel: number;
  readonly dtype: LensDType;
  /** Of the file as uploaded. */
  readonly bytes: number;
  /** Of the file as uploaded: 64 hexadecimal digits. */
  readonly sha256: string;
  /** RFC 3339, UTC. When these bytes came under this id. */
  readonly createdAt: string;
  readonly note: string | null;
  /** Key that made it; null where keys are not used, and for lenses of the process. */
  readonly owner: string | null;
  readonly shared: boolean;
  readonly reading: LensReading;
  /** tuned-lens' hash of the unembedding it was trained with: its config's, else as said at upload. */
  readonly unembedHash: string | null;
  readonly capturePoint: string | null;
  readonly targetLayer: number | null;
  /** What the file says of its origin. */
  readonly provenance: { readonly [key: string]: Json };
  /** Its config.json, where one came with it. */
  readonly config: LensConfig | null;
  /** Sentences about the file alone; {@link LensEntry.warnings} has those about the model too. */
  readonly warnings: readonly string[];
}

/** How well a lens is known to belong to the loaded model (api.md). */
export interface ModelMatch {
  readonly match: "exact" | "unembedding" | "shape" | "none";
  /** One sentence for people: why it is that. */
  readonly reason: string;
  /** unknown: the lens or the model has no hash. */
  readonly unembedHashMatch: true | false | "unknown";
}

/** The loaded model, as far as a lens must know it. */
export interface LensModel {
  readonly id: string;
  readonly dModel: number;
  /** Blocks. */
  readonly layers: number;
  /** `unembedHash()` of its checkpoint; null where nobody computed it. */
  readonly unembedHash: string | null;
}

/** A registered lens beside the loaded model. A snapshot: a later change makes a new entry. */
export interface LensEntry {
  readonly record: LensRecord;
  readonly match: ModelMatch;
  /** Of the record, and of how it fits the loaded model; for LensInfo. */
  readonly warnings: readonly string[];
  /** Which translator reads what; null where `match` is none (also while no model is loaded). */
  readonly lens: Lens | null;
  /** The file's tensors and where they lie, e.g. for `lensAsSafetensors({contents, source: await openSource(file)})`. */
  readonly contents: LensContents;
  /** Absolute path of the bytes as uploaded. Never for an answer. */
  readonly file: string;
  /** false: lives for the process only (`--lens`, the demo's); PUT, PATCH and DELETE are refused as `readOnly`. */
  readonly persistent: boolean;
  /** Where translator `layer` of the file lies. @throws {RangeError} for a layer that the file lacks */
  translator(layer: number): TranslatorSource;
  /**
   * Keeps the bytes on disk until disposed, though the lens be replaced or deleted by this process meanwhile: around
   * every use of {@link file} or {@link translator}.
   * @throws {LensLibraryError} kind `notFound` where it was replaced or deleted between `get` and this
   */
  hold(): Disposable;
}

export type LensLibraryErrorKind =
  | "badId" // not LENS_ID
  | "notFound" // PATCH or DELETE of what is not there, use of what has just gone: 404
  | "readOnly" // a lens of the process: 409
  | "conflict" // another change came between: 409
  | "precondition" // If-Match, If-None-Match: 412
  | "tooLarge" // more bytes than a lens may have: 413
  | "digestMismatch" // the bytes that came are not those announced, by digest or length: 422
  | "refusedFile" // `cause` is the LensFileError: 422
  | "quota" // the library's bytes are used up: 507
  | "diskFull" // 507
  | "unwritable" // the folder cannot be written: 507
  | "loading"; // no model is loaded that a lens could be held to: 503

/** A change of the library that was refused; nothing has changed. The message is for people. */
export class LensLibraryError extends Error {
  override readonly name = "LensLibraryError";

  constructor(readonly kind: LensLibraryErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What a change of an id asks of what is there; looked at when the change begins and again when it is made. */
export interface LensConditions {
  /** sha256 of which one must be there (ETag without its quotes), or `*`: anything. */
  readonly ifMatch?: readonly string[] | "*";
  /** Nothing may be there. */
  readonly ifNoneMatch?: "*";
  /**
   * May the caller change what is there? Throws what it likes where not; that is passed on. Called with null where
   * nothing is there.
   */
  readonly allow?: (existing: LensRecord | null) => void;
}

/** What is said about a lens beside its bytes. Same bytes again: what is left out stays as it was. */
export interface LensRemarks {
  /** tuned-lens' hash of the unembedding. */
  readonly unembedHash?: string;
  /** Jacobian; a file that says so itself is believed. */
  readonly capturePoint?: string;
  readonly targetLayer?: number;
  /** `tuned_lens` where left out. */
  readonly reading?: LensReading;
  readonly note?: string | null;
  /** Where left out: as what is replaced was, else true. */
  readonly shared?: boolean;
  /** Text of its config.json, held to the weights. */
  readonly config?: string;
}

export interface LensUploadOptions extends LensRemarks, LensConditions {
  /** Bytes that will come; another number is a refusal. */
  readonly contentLength?: number;
  /** 64 hexadecimal digits. */
  readonly expectedSha256?: string;
  /** Of a new lens; one that is replaced keeps its owner. */
  readonly owner?: string | null;
}

export interface LensPatch {
  readonly note?: string | null;
  readonly shared?: boolean;
  /** Text of a config.json, checked against the weights; null takes it away. */
  readonly config?: string | null;
}

/** What an upload came to. */
export interface LensUploaded {
  readonly entry: LensEntry;
  /** Nothing was there under the id. */
  readonly created: boolean;
  /** The same bytes and remarks were there. */
  readonly unchanged: boolean;
}

/** Bytes on their way in. Dispose of it (`await using`): one that was not finished leaves nothing. */
export interface LensUpload extends AsyncDisposable {
  /** Bytes so far. */
  readonly written: number;
  /** Takes the next bytes; resolves when more may come. The chunk is free for reuse then. @throws {LensLibraryError} */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Checks the whole, makes it durable, and publishes it.
   * @throws {LensLibraryError} and what `signal` aborts with; nothing is left then
   */
  finish(options?: { readonly signal?: AbortSignal }): Promise<LensUploaded>;
  abort(): Promise<void>;
}

/** Bytes that lenses may take on disk. */
export interface LensLimits {
  /** One file. */
  readonly maxFileBytes: number;
  /** All different files together. */
  readonly maxLibraryBytes: number;
}

/** The lenses of this service: uploaded ones in a folder that processes may share, and the process' own. */
export interface LensLibrary extends AsyncDisposable {
  /** All, by id. What other processes did is seen. */
  list(): Promise<LensEntry[]>;
  get(id: string): Promise<LensEntry | null>;
  /** Begins an upload. Of two to one id the later to finish replaces the other whole, unless its conditions say no. */
  upload(id: string, options?: LensUploadOptions): Promise<LensUpload>;
  patch(id: string, patch: LensPatch, conditions?: LensConditions): Promise<LensEntry>;
  /** At once for new requests; whoever holds or reads it goes on. */
  remove(id: string, conditions?: LensConditions): Promise<void>;
  /**
   * Registers a lens for the life of the process: a file, or a folder with config.json and one weights file. Not copied.
   * @throws {LensLibraryError} kind `refusedFile` with the reason
   */
  addFile(id: string, path: string, remarks?: LensRemarks): Promise<LensEntry>;
  /** The model that lenses are held to from now on. */
  useModel(model: LensModel): void;
  /** Why nothing can be kept just now, in words; null: it can. Where the last change failed for it, that is tried. */
  trouble(): Promise<string | null>;
}
