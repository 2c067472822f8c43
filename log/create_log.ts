import { compareLogLevel, type LogLevel, type TextFormatter } from "@logtape/logtape";
import type { Log, LogProperties } from "./log.ts";
import { jsonLines, textLines } from "./line_format.ts";

export interface LogSettings {
  readonly logLevel: "debug" | "info" | "warning" | "error";
  readonly logFormat: "text" | "json";
  readonly logPrompts: boolean;
}

export interface LogOutput {
  /** Takes one line, or several of one record, with the line feed. */
  write(line: string): void;
  readonly colour: boolean;
}

/** Properties that hold what people typed; they reach a line only where that was asked for. */
const PROMPT_PROPERTIES = ["prompt", "messages", "text"];

/**
 * Makes the service's log. LogTape's records and formatters are used, its global configuration is not: a log is a part
 * that is handed on, and two services in one process do not share it.
 */
export function createLog(settings: LogSettings, output: LogOutput = standardError()): Log {
  const format = settings.logFormat === "json" ? jsonLines() : textLines(output.colour);
  const at = (level: LogLevel) => {
    if (compareLogLevel(level, settings.logLevel) < 0) return () => {};
    return (message: string, properties: LogProperties = {}) => {
      output.write(format(record(level, message, settings.logPrompts ? properties : withoutPrompts(properties))));
    };
  };
  return { debug: at("debug"), info: at("info"), warn: at("warning"), error: at("error") };
}

function record(level: LogLevel, rawMessage: string, properties: LogProperties): Parameters<TextFormatter>[0] {
  // Literal text at even places, values at odd ones, as LogTape's own loggers have it.
  const message = rawMessage.split(/\{(\w+)\}/).map((part, place) => place % 2 === 0 ? part : properties[part]);
  return { category: ["midstream"], level, message, rawMessage, timestamp: Date.now(), properties: { ...properties } };
}

function withoutPrompts(properties: LogProperties): LogProperties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !PROMPT_PROPERTIES.includes(name)));
}

/** Standard error: what a command prints for people to read on stays apart from it. Written at once, so that a line said before a crash is out. */
function standardError(): LogOutput {
  const encoder = new TextEncoder();
  return {
    write: (line) => {
      const bytes = encoder.encode(line);
      for (let from = 0; from < bytes.length;) from += Deno.stderr.writeSync(bytes.subarray(from));
    },
    colour: Deno.stderr.isTerminal() && !Deno.noColor,
  };
}
