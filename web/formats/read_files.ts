import { baseName, type DroppedFile, isGzip } from "./dropped_file.ts";
import { type Imported, ImportFault } from "./imported.ts";
import { MAX_BYTES, MAX_FILES } from "./import_limits.ts";
import { parseJson } from "./parse_json.ts";
import { readBatchJson, readProbeJson } from "./read_probe_json.ts";
import { readProbeNdjson } from "./read_probe_ndjson.ts";
import { readLogitlensV1 } from "./read_logitlens_v1.ts";
import { readLogitlensV2 } from "./read_logitlens_v2.ts";
import { readSeedCsv } from "./read_seed_csv.ts";
import { readSlice } from "./read_slice.ts";
import { utf8Text } from "./utf8_text.ts";

const READ = "Read are the service's JSON and NDJSON, result tables of DanYuDE/Research-Project, " +
  "JSON of logitlenskit and nnsightful, and slice folders of jacobian-lens.";

/** How a problem of the service begins. */
const REFUSAL = /^\{"type":"urn:midstream:problem:/;

/**
 * Reads what people drop: a file, several, or a folder. What a file is, its content says.
 * @throws {ImportFault} and nothing else
 */
export async function readFiles(files: readonly DroppedFile[]): Promise<Imported> {
  if (files.length === 0) throw new ImportFault("there is no file; one to read would be right");
  if (files.length > MAX_FILES) {
    throw new ImportFault(`${files.length} files at once; at most ${MAX_FILES} would be right`);
  }
  const size = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size > MAX_BYTES) {
    const most = MAX_BYTES / 2 ** 20;
    throw new ImportFault(`${Math.ceil(size / 2 ** 20)} MiB at once; at most ${most} MiB would be right`);
  }
  if (files.some((file) => isGzip(file)) || files.some((file) => baseName(file) === "slice.bin")) {
    return await readSlice(files);
  }
  const [first] = files;
  return files.length === 1 ? readText(first!.bytes) : together(files);
}

/** Several files are read each alone; the prompts of all stand in one list. */
function together(files: readonly DroppedFile[]): Imported {
  const read = files.map((file) => {
    const name = baseName(file).slice(0, 60);
    try {
      return { name, imported: readText(file.bytes) };
    } catch (error) {
      if (error instanceof ImportFault) throw new ImportFault(`${name}: ${error.message}`);
      throw error;
    }
  });
  return {
    format: [...new Set(read.map(({ imported }) => imported.format))].join("; "),
    prompts: read.flatMap(({ name, imported }) =>
      imported.prompts.map((prompt) => ({ ...prompt, title: `${name}: ${prompt.title}` }))
    ),
    notes: [...new Set(read.flatMap(({ imported }) => imported.notes))],
  };
}

function readText(bytes: Uint8Array): Imported {
  if (bytes.length === 0) throw new ImportFault(`the file is empty. ${READ}`);
  if (bytes.subarray(0, 512).includes(0)) {
    const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new ImportFault(`the file is no text: it begins with the bytes ${magic}. ${READ}`);
  }
  const text = utf8Text(bytes);
  const begin = /\S[^\n]{0,40}/.exec(text)?.[0] ?? "";
  if (begin.startsWith("{") && !REFUSAL.test(begin)) return isLines(text) ? readProbeNdjson(text) : readDocument(text);
  if (begin.startsWith("Layer,")) return readSeedCsv(text);
  throw new ImportFault(`the file is ${otherText(begin)}. ${READ}`);
}

/** What people drop by mistake. */
function otherText(begin: string): string {
  if (/^(prompt_index,prompt,)?kind,position,/.test(begin)) return "the service's table, which is not read back";
  if (REFUSAL.test(begin)) return "what the service said when it refused";
  if (begin.startsWith("<")) return "an HTML page";
  if (begin.startsWith("[")) return "a JSON list";
  return "text of another kind";
}

/** Frames and results stand one a line, each whole; they begin with `type` or `index`. */
function isLines(text: string): boolean {
  return /^\s*\{"(?:type|index)":/.test(text);
}

function readDocument(text: string): Imported {
  const file = parseJson(text, "the file");
  if (file.has("readouts")) return readProbeJson(file);
  if (file.has("items")) return readBatchJson(file);
  if (file.has("cells")) return readLogitlensV1(file);
  if (file.has("topk") || file.has("tracked") && file.has("input")) return readLogitlensV2(file);
  if (file.has("ctx_strs")) {
    throw new ImportFault(
      "the file is meta.json of a jacobian-lens slice; its whole folder, with slice.bin, would be right",
    );
  }
  throw new ImportFault(`the file is JSON without readouts, items, topk or cells. ${READ}`);
}
