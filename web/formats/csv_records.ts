import { ImportFault } from "./imported.ts";

export interface CsvRecord {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

const BARE = /[^,\r\n]*/y;

/**
 * Records of a text as Python's csv module and RFC 4180 write it: quotes are doubled, lines end with LF or CR LF.
 * @throws {ImportFault} where a quoted field has no end, or something after it
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let at = 0;
  let line = 1;
  const quoted = (): string => {
    const start = at + 1;
    do {
      at = text.indexOf('"', at + 1);
      if (at < 0) throw new ImportFault(`line ${line}: a quoted field has no end; a closing " would be right`);
      at += 1;
    } while (text[at] === '"');
    if (at < text.length && !",\r\n".includes(text[at]!)) {
      throw new ImportFault(`line ${line}: something follows a quoted field; a comma or the line's end would be right`);
    }
    return text.slice(start, at - 1).replaceAll('""', '"');
  };
  const field = (): string => {
    if (text[at] === '"') return quoted();
    BARE.lastIndex = at;
    const [bare] = BARE.exec(text)!;
    at = BARE.lastIndex;
    return bare;
  };
  while (at < text.length) {
    const first = line;
    const start = at;
    const fields = [field()];
    while (text[at] === ",") {
      at += 1;
      fields.push(field());
    }
    for (const character of text.slice(start, at)) if (character === "\n") line += 1;
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
    line += 1;
    yield { line: first, fields };
  }
}
