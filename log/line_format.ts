import {
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  sanitizeControlSequences,
  type TextFormatter,
} from "@logtape/logtape";

/** One flat JSON object a line: "@timestamp", "level", "message", then the properties by their names. */
export function jsonLines(): TextFormatter {
  const format = getJsonLinesFormatter({ properties: "flatten" });
  // LogTape would quote the strings in a message.
  return (record) => format({ ...record, message: [record.message.map(String).join("")] });
}

/**
 * For a terminal: `12:34:56.789 INF POST /probe 200  ms=12.3 tokens=12`. An error's stack follows on lines of its own.
 */
export function textLines(colour: boolean): TextFormatter {
  const layout = ({ timestamp, level, message, record }: Parts) => `${timestamp} ${level} ${message}${rest(record)}`;
  const options = { timestamp: "time", level: "ABBR", value: plain, format: layout } as const;
  return colour ? getAnsiColorFormatter(options) : getTextFormatter(options);
}

interface Parts {
  readonly timestamp: string | null;
  readonly level: string;
  readonly message: string;
  readonly record: LogRecord;
}

/** Properties that the message does not name, then the stacks of errors. */
function rest({ properties, rawMessage }: LogRecord): string {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  const pairs = entries
    .filter(([name, value]) => !(value instanceof Error) && !String(rawMessage).includes(`{${name}}`))
    .map(([name, value]) => ` ${name}=${plain(value)}`);
  const stacks = entries.flatMap(([, value]) => value instanceof Error ? ["\n" + stackOf(value)] : []);
  return (pairs.length > 0 ? " " : "") + pairs.join("") + stacks.join("");
}

/** A value in the midst of a line: times with one decimal, words bare, all else as JSON; never a control sequence. */
function plain(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (typeof value === "string" && /^[\w./:@-]+$/.test(value)) return value;
  if (value instanceof Error) return sanitizeControlSequences(value.message);
  return sanitizeControlSequences(JSON.stringify(value) ?? String(value));
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  const lines = (error.stack ?? `${error.name}: ${error.message}`).split("\n");
  return lines.map((line) => "    " + sanitizeControlSequences(line)).join("\n") + cause;
}
