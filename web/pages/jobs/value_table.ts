import { csvRecords } from "../../formats/csv_records.ts";
import { ImportFault } from "../../formats/imported.ts";
import { PromptsFault } from "./read_prompts.ts";

/** What stands for the names of a template: a row a prompt. */
export interface ValueTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/**
 * A table of values: CSV, or what a spreadsheet copies (tabs), its first line the names; or a JSON array of objects.
 * @throws {PromptsFault}
 */
export function valueTable(text: string): ValueTable {
  if (text.trim() === "") return { columns: [], rows: [] };
  if (text.trimStart().startsWith("[")) return ofJson(text);
  const records = recordsOf(text);
  const [head, ...rows] = records.filter(({ fields }) => fields.some((field) => field !== ""));
  const columns = head!.fields.map((name) => name.trim());
  if (new Set(columns).size < columns.length) throw new PromptsFault("two columns have the same name");
  return {
    columns,
    rows: rows.map(({ line, fields }) => {
      if (fields.length !== columns.length) {
        throw new PromptsFault(`line ${line} has ${fields.length} values; there are ${columns.length} columns`);
      }
      return Object.fromEntries(columns.map((name, at) => [name, fields[at]!]));
    }),
  };
}

function recordsOf(text: string): { readonly line: number; readonly fields: readonly string[] }[] {
  const [head = ""] = text.split("\n", 1);
  if (head.includes("\t")) {
    return text.split(/\r?\n/).map((line, at) => ({ line: at + 1, fields: line.split("\t") }));
  }
  try {
    return [...csvRecords(text)];
  } catch (error) {
    if (error instanceof ImportFault) throw new PromptsFault(error.message);
    throw error;
  }
}

function ofJson(text: string): ValueTable {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    throw new PromptsFault("this begins as a JSON array, and is not JSON");
  }
  const rows = (values as unknown[]).map((row, at) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new PromptsFault(`item ${at + 1} is no object of names and values`);
    }
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
  });
  return { columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows };
}
