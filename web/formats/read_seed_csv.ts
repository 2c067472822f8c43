import type { Cell, RankedToken } from "../state/cell.ts";
import { type CsvRecord, csvRecords } from "./csv_records.ts";
import { type Imported, type ImportedPrompt, ImportFault } from "./imported.ts";
import { MAX_LAYER } from "./import_limits.ts";
import { type PythonPair, pythonPairs } from "./python_pairs.ts";
import { Room } from "./room.ts";
import { SEED_COLUMNS, SEED_HEADER } from "./seed_columns.ts";
import { tokenOfPiece, tokenOfText } from "./shown_tokens.ts";

/** Characters of a cell: ten tokens have some hundreds. */
const MAX_SOURCE = 2 ** 20;

/** The rows of one prompt. */
interface Block {
  readonly title: string;
  /** By layer; in each, the tokens of each column. */
  readonly layers: Map<number, PythonPair[][]>;
}

/**
 * The result files of DanYuDE/Research-Project: before every prompt the header, then a row a layer. Files of the logit lens have
 * text, those of the tuned lens pieces; the oldest have whole percents.
 */
export function readSeedCsv(text: string): Imported {
  const blocks = readBlocks(text);
  const full = blocks.filter(({ layers }) => layers.size > 0);
  if (full.length === 0) throw new ImportFault("the header has no rows below it; layer0, layer1 … would be right");
  const pairs = full.flatMap(({ layers }) => [...layers.values()].flat(2));
  const hasPieces = pairs.some(({ text }) => text.includes("▁") || /^<0x[0-9A-F]{2}>$/.test(text));
  const isWhole = pairs.length > 0 && pairs.every((pair) => pair.isWhole);
  return {
    format: `result table of DanYuDE/Research-Project, ${hasPieces ? "pieces" : "text"}${
      isWhole ? ", whole percents" : ""
    }`,
    prompts: full.map((block) => promptOf(block, hasPieces)),
    notes: [
      "The file does not have the prompts: each picture is of its last position.",
      hasPieces
        ? "Tokens are the vocabulary's pieces, so this is taken as the tuned lens."
        : "Tokens are text without its leading space, so this is taken as the logit lens.",
      isWhole ? "Percents are cut to whole ones." : "Percents are rounded to two places.",
      ...full.length < blocks.length ? [`${blocks.length - full.length} prompts have no rows, and no picture.`] : [],
    ],
  };
}

function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const room = new Room();
  for (const record of csvRecords(text)) {
    if (record.fields.length === 1 && record.fields[0] === "") continue;
    if (record.fields[0] === "Layer") {
      if (record.fields.join(",") !== SEED_HEADER) {
        throw new ImportFault(`line ${record.line}: the columns are others; ${SEED_HEADER} would be right`);
      }
      blocks.push({ title: `prompt ${blocks.length + 1}`, layers: new Map() });
    } else {
      const block = blocks.at(-1);
      if (block === undefined) {
        throw new ImportFault(`line ${record.line}: a row before the header; ${SEED_HEADER} would be right`);
      }
      readRow(record, block, room);
    }
  }
  return blocks;
}

function readRow({ line, fields }: CsvRecord, { layers }: Block, room: Room): void {
  if (fields.length !== 1 + SEED_COLUMNS.length) {
    throw new ImportFault(`line ${line} has ${fields.length} fields; ${1 + SEED_COLUMNS.length} would be right`);
  }
  const layer = Number(/^layer(\d{1,5})$/.exec(fields[0]!)?.[1] ?? NaN);
  if (!(layer <= MAX_LAYER)) {
    throw new ImportFault(`line ${line} begins with no layer; layer0, layer1 … would be right`);
  }
  if (layers.has(layer)) {
    throw new ImportFault(`line ${line}: layer${layer} comes again; a header before it would be right`);
  }
  layers.set(
    layer,
    SEED_COLUMNS.map(({ title }, at) => {
      const place = `line ${line}, ${title}`;
      const source = fields[at + 1]!;
      if (source.length > MAX_SOURCE) {
        throw new ImportFault(`${place} has ${source.length} characters; a list of ten tokens would be right`);
      }
      const pairs = pythonPairs(source, place);
      room.take(pairs.length);
      const wrong = pairs.find(({ number }) => number < 0 || number > 100.001);
      if (wrong !== undefined) throw new ImportFault(`${place}: ${wrong.number} percent; 0 to 100 would be right`);
      return pairs;
    }),
  );
}

function promptOf({ title, layers }: Block, hasPieces: boolean): ImportedPrompt {
  const lens = hasPieces ? "tuned" : "logit";
  const spell = hasPieces ? tokenOfPiece : tokenOfText;
  const ranked = ({ text, number }: PythonPair): RankedToken => ({ ...spell(text), prob: number / 100, logprob: null });
  const cells = [...layers].flatMap(([layer, columns]) =>
    columns.map((pairs, at): Cell => {
      const { site } = SEED_COLUMNS[at]!;
      return { position: 0, lens, site, layer, top: pairs.map(ranked), tracked: [] };
    })
  );
  return {
    title,
    data: {
      model: "",
      lenses: [lens],
      norm: "own",
      tokens: [tokenOfText("")],
      layers: [...layers.keys()].sort((a, b) => a - b),
      output: [],
      cells,
    },
  };
}
