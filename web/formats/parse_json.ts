import { Found } from "./found.ts";
import { ImportFault } from "./imported.ts";
import { jsonFaultAt } from "./json_fault_at.ts";

/**
 * @param name what people call the text, as "line 3"
 * @throws {ImportFault} that says in which line and column the text stops being JSON
 */
export function parseJson(text: string, name: string): Found {
  try {
    return new Found(JSON.parse(text), name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ImportFault(`${name} is no JSON: ${faultOf(text)}`);
  }
}

function faultOf(text: string): string {
  const at = jsonFaultAt(text);
  const before = text.slice(0, at).split("\n");
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  if (at === text.length) return `it breaks off at ${place}; the whole file would be right`;
  const word = /^-?(?:NaN|Infinity)/.exec(text.slice(at, at + 9))?.[0];
  if (word !== undefined) return `${word} at ${place}; a number or null would be right`;
  return `it cannot be read from ${place} on`;
}
