import { STATISTICS } from "../../lens/statistics.ts";
import type { ProbeAnswer, Readout } from "../service/answers.ts";
import type { Scored } from "../service/worst.ts";
import type { Form } from "./soak_request.ts";

/** One cell of an answer, whatever form it came in. */
export interface Cell {
  /** Prompt of a batch, position, lens, site and layer. */
  readonly key: string;
  readonly top: readonly Scored[];
  readonly tracked: readonly (Scored & { readonly rank: number })[];
  readonly statistics: Readonly<Record<string, number | null>>;
}

interface Item {
  readonly index: number;
  readonly response?: ProbeAnswer;
}

/** Reads an answer; its cells stand in the order of the service's JSON. @throws where it was cut or refused in part */
export function answerCells(form: Form, text: string): Cell[] {
  if (form === "json") return probeCells(JSON.parse(text));
  if (form === "csv") return csvCells(text);
  if (form === "batch") return itemCells((JSON.parse(text) as { items: Item[] }).items);
  const frames = text.trimEnd().split("\n").map((line) => JSON.parse(line) as { type: string });
  if (frames.at(-1)?.type !== "end") throw new Error(`the stream ended with ${JSON.stringify(frames.at(-1))}`);
  const of = <T>(type: string) => frames.filter((frame) => frame.type === type) as unknown[] as T[];
  if (form === "batch-ndjson") return itemCells(of<Item>("item").sort((a, b) => a.index - b.index));
  return probeCells({ output: of("output"), readouts: of("readout") });
}

/** @param prefix stands before each key */
export function probeCells({ output, readouts }: Pick<ProbeAnswer, "output" | "readouts">, prefix = ""): Cell[] {
  return [
    ...output.map(({ position, top, entropy }) => ({
      key: `${prefix}${position} output`,
      top,
      tracked: [],
      statistics: { entropy },
    })),
    ...readouts.map((cell) => ({
      key: `${prefix}${cell.position} ${cell.lens} ${cell.site} ${cell.layer}`,
      top: cell.top,
      tracked: cell.tracked,
      statistics: statisticsOf(cell),
    })),
  ];
}

/** Whether the likeliest token is another's flips where two are equally likely: not compared. */
const COMPARED = new Set<string>(STATISTICS.filter(({ type }) => type !== "boolean").map(({ name }) => name));

function statisticsOf(cell: Readout): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(cell).filter(([name]) => COMPARED.has(name)),
  ) as Record<string, number | null>;
}

function itemCells(items: readonly Item[]): Cell[] {
  return items.flatMap(({ index, response }) => {
    if (response === undefined) throw new Error(`prompt ${index} was refused`);
    return probeCells(response, `${index}: `);
  });
}

/** Columns of the table that are no statistics. */
const COLUMNS = 14;

/** Fields of this table hold quotes and commas only inside quotes. */
function csvCells(text: string): Cell[] {
  const [header, ...rows] = csvRecords(text);
  const names = header!.slice(COLUMNS);
  const cells = new Map<
    string,
    { top: Scored[]; tracked: Cell["tracked"][number][]; statistics: Cell["statistics"] }
  >();
  for (const row of rows) {
    const [kind, position, , , lens, site, layer, rank, id, , , , logprob] = row;
    const key = kind === "output" ? `${position} output` : `${position} ${lens} ${site} ${layer}`;
    const values = names.map((name, at) => [name, number(row[COLUMNS + at])] as const);
    // Of the statistics, an output row has its entropy only.
    const has = (name: string) => kind === "output" ? name === "entropy" : COMPARED.has(name);
    const statistics = Object.fromEntries(values.filter(([name]) => has(name)));
    const cell = cells.get(key) ?? { top: [], tracked: [], statistics };
    cells.set(key, cell);
    const score = { id: Number(id), logprob: Number(logprob) };
    if (kind === "tracked") cell.tracked.push({ ...score, rank: Number(rank) });
    else if (id !== "") cell.top.push(score);
  }
  const all = [...cells].map(([key, cell]) => ({ key, ...cell }));
  // The table has each position's output before its cells, JSON all outputs first.
  return [...all.filter(({ key }) => key.endsWith("output")), ...all.filter(({ key }) => !key.endsWith("output"))];
}

const number = (field: string | undefined) => field === "" || field === undefined ? null : Number(field);

function csvRecords(text: string): string[][] {
  const records: string[][] = [[]];
  for (const [whole, quoted, bare = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n)/g)) {
    if (whole === "") break;
    records.at(-1)!.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === "\r\n") records.push([]);
  }
  return records.slice(0, -1);
}
