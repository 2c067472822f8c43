import { open } from "node:fs/promises";
import { HubError } from "../../model/checkpoint/hub/hub_error.ts";
import type { HubOptions } from "../../model/checkpoint/hub/hub_options.ts";
import { fetchLens } from "../../model/checkpoint/hub/lens_files.ts";
import { type Environment, readHubSettings } from "../../model/checkpoint/hub/settings.ts";
import { hubSourceText } from "../../model/checkpoint/hub/source.ts";
import { idOfSource, type LensSource, LensSourceError, publishedSource } from "./published_source.ts";
import type { LensLibrary, LensUploaded } from "./types.ts";

export { LensSourceError } from "./published_source.ts";

/** An import that came to nothing. The message is one sentence for people. */
export class LensImportError extends Error {
  override readonly name = "LensImportError";

  constructor(
    /** `hub`: it refused or is away; `missing`: it has no such thing; `disk`: its cache has no room here. */
    readonly kind: "hub" | "missing" | "disk",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface LensImport extends LensSource {
  /** Id under which it is registered; left out: made of the source's name. */
  readonly lensId?: string;
}

export interface LensImportOptions {
  /** The loaded model's name. */
  readonly modelId: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void;
}

/** Fetches published lenses into a library. */
export type LensImporter = (
  library: LensLibrary,
  asked: LensImport,
  options: LensImportOptions,
) => Promise<LensUploaded>;

/** Bytes copied at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * An importer from the hub that the environment names (HF_ENDPOINT, HF_TOKEN, …). What it fetched goes through the same
 * checks as an upload and is kept by the library: the hub's cache may be cleared.
 */
export function lensImporter(env: Environment, more: Pick<HubOptions, "fetch" | "retryDelays"> = {}): LensImporter {
  return async (library, asked, { modelId, signal, onProgress }) => {
    const fetched = await fromHub(async () => {
      const options: HubOptions = { ...more, settings: await readHubSettings(env), signal, onProgress };
      return await fetchLens(await publishedSource(asked, modelId, options), options);
    });
    const id = asked.lensId ?? idOfSource(fetched.source);
    if (id === null) throw new LensSourceError("source", "the source's name makes no id: give a lens_id");
    const config = fetched.configFile === null ? {} : { config: await Deno.readTextFile(fetched.configFile) };
    await using file = await open(fetched.file, "r");
    const { size } = await file.stat();
    await using upload = await library.upload(id, {
      contentLength: size,
      note: `from ${hubSourceText(fetched.source)}`,
      ...config,
    });
    const piece = new Uint8Array(PIECE_BYTES);
    for (let read = await file.read(piece); read.bytesRead > 0; read = await file.read(piece)) {
      signal.throwIfAborted();
      await upload.write(piece.subarray(0, read.bytesRead));
    }
    return await upload.finish({ signal });
  };
}

/** What the hub has to say, in this folder's words. */
export async function fromHub<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const kind = error.kind === "disk" ? "disk" : error.kind === "notFound" ? "missing" : "hub";
    throw new LensImportError(kind, error.message, { cause: error });
  }
}
