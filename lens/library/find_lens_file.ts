import { readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { LensFileError } from "../files/lens_file_error.ts";
import { absent } from "./file_stamp.ts";

/** Names under which the field's tools keep a lens' weights beside its config.json. */
const WEIGHTS = ["params.pt", "params.safetensors"] as const;
const MAX_CONFIG_BYTES = 256 * 1024;

/** A lens' weights, and the text of its config.json where one lies beside them. */
export interface FoundLensFile {
  /** Absolute, symbolic links resolved. */
  readonly file: string;
  readonly config: string | null;
}

/**
 * A lens file, or the one in a folder as tuned-lens saves it: config.json and params.pt. Beside a file that was named
 * itself no config.json is looked for.
 *
 * @throws {LensFileError} saying what is missing
 */
export async function findLensFile(path: string): Promise<FoundLensFile> {
  const found = await stat(path).catch(absent);
  if (found === null) throw new LensFileError("file", `${basename(path)}: not found`);
  if (found.isFile()) return { file: await realpath(path), config: null };
  const files = WEIGHTS.map((name) => join(path, name));
  const there = (await Promise.all(files.map((file) => stat(file).catch(absent)))).map((file) =>
    file?.isFile() === true
  );
  const [file, ...more] = files.filter((_, at) => there[at]);
  if (file === undefined) {
    throw new LensFileError("file", `${basename(path)}: a folder without ${WEIGHTS.join(" or ")}`);
  }
  if (more.length > 0) {
    throw new LensFileError("file", `${basename(path)}: both ${WEIGHTS.join(" and ")}; name one of them`);
  }
  return { file: await realpath(file), config: await configOf(join(path, "config.json")) };
}

async function configOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(absent);
  if (found === null) return null;
  if (found.size > MAX_CONFIG_BYTES) {
    throw new LensFileError("lens.config", "config.json: too long to be a lens' config");
  }
  return await readFile(path, "utf8");
}
