import { basename } from "node:path";
import { fitLens } from "../files/fit_lens.ts";
import { checkLensConfig, type LensConfig, parseLensConfig } from "../files/lens_config.ts";
import type { LensContents } from "../files/lens_file.ts";
import { LensFileError, shown } from "../files/lens_file_error.ts";
import { readLensFile } from "../files/read_lens.ts";
import { scanFinite } from "../files/scan_finite.ts";
import { LensLibraryError, type LensModel, type LensReading, type LensRemarks } from "./types.ts";

export interface ExamineOptions {
  /** The lens must fit it; null: it may be of any model. */
  readonly model: LensModel | null;
  /** Every number is looked at; left out for bytes that were examined before. */
  readonly scan: boolean;
  readonly signal?: AbortSignal;
}

/** What a file holds and what was said of it, found to agree. */
export interface Examined {
  readonly contents: LensContents;
  readonly reading: LensReading;
  readonly config: LensConfig | null;
  readonly unembedHash: string | null;
}

/**
 * Reads a lens file and holds it to what is said of it, to the model, and to numbers being numbers.
 *
 * @throws {LensLibraryError} kind `refusedFile`, its cause the {@link LensFileError}
 */
export async function examine(
  path: string,
  { capturePoint, targetLayer, ...remarks }: Omit<LensRemarks, "config"> & { readonly config?: string | LensConfig },
  { model, scan, signal }: ExamineOptions,
): Promise<Examined> {
  try {
    await using file = await readLensFile(path, {
      ...(model && { model }),
      ...(capturePoint !== undefined && { capturePoint }),
      ...(targetLayer !== undefined && { targetLayer }),
    });
    const { contents } = file;
    const unfit = model && fitLens(contents, model);
    if (unfit !== null) throw new LensFileError("lens.shape", unfit);
    const said = checkRemarks(contents, remarks);
    if (scan) await scanFinite(file, signal && { signal });
    return { contents, ...said };
  } catch (error) {
    throw refused(error, basename(path));
  }
}

/** Holds what is said of a lens to its weights. @throws {LensFileError} */
export function checkRemarks(
  contents: LensContents,
  said: { readonly reading?: LensReading; readonly unembedHash?: string; readonly config?: string | LensConfig },
): Omit<Examined, "contents"> {
  const { reading = "tuned_lens", unembedHash = null } = said;
  if (reading === "danyude" && contents.form !== "residual") {
    const reason = "reading=danyude is for tuned lenses in the residual form; this is " +
      (contents.kind === "jacobian" ? "a Jacobian lens" : `a lens of ${contents.dialect}, a full map`);
    throw new LensFileError("lens.kind", reason);
  }
  const config = typeof said.config === "string" ? parseLensConfig(said.config) : said.config ?? null;
  if (config !== null) checkLensConfig(config, contents);
  const stated = config?.unembedHash ?? null;
  if (stated !== null && unembedHash !== null && stated !== unembedHash) {
    const reason = `config.json: unembed_hash is ${shown(stated)}; the lens was uploaded with ${shown(unembedHash)}`;
    throw new LensFileError("lens.config", reason);
  }
  return { reading, config, unembedHash };
}

/** A reader's refusal as the library's; anything else is passed on. */
export function refused(error: unknown, name?: string): unknown {
  if (error instanceof LensFileError) return new LensLibraryError("refusedFile", error.message, { cause: error });
  if (name !== undefined && (error as { code?: unknown } | null)?.code === "ENOENT") {
    const cause = new LensFileError("file", `${name}: not found`);
    return new LensLibraryError("refusedFile", cause.message, { cause });
  }
  return error;
}
