import { helpText } from "./help.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import type { Environment, Setting } from "./setting.ts";
import { flagOf, ROWS, SETTINGS, type Settings, variableOf } from "./table.ts";

/** A setting that is not allowed: one line naming the flag or variable, the value, and what is allowed. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

type Row = keyof Settings;

/** Texts given for one row, and the flag or variable they came by. */
interface Given {
  readonly by: string;
  readonly texts: string[];
}

/**
 * Reads the command line and the environment; a flag wins over its environment twin.
 *
 * @param args without the program's name
 * @throws {SettingsError}
 */
export function parseSettings(args: readonly string[], env: Environment): Settings | { readonly help: string } {
  if (args.includes("--help") || args.includes("-h")) return { help: helpText() };
  const flags = readFlags(args);
  const given = new Map(ROWS.map((row) => [row, flags.get(row) ?? readVariable(row, env)]));
  const values = ROWS.map((row) => [row, valueOf(row, given.get(row), env)]);
  const settings = Object.fromEntries(values) as Settings;
  if (!isLoopback(settings.host) && !settings.open && settings.keys === undefined) {
    throw new SettingsError(
      `${given.get("host")?.by ?? "--host"}: ${JSON.stringify(settings.host)} can be reached from other machines: ` +
        `give --keys <file>, or add --open if everybody is meant; allowed without it are 127.0.0.1, ::1 and localhost`,
    );
  }
  if (settings.streamWeights && settings.precision !== "f32") {
    throw new SettingsError(
      `${
        given.get("streamWeights")?.by ?? "--stream-weights"
      }: weights are streamed in float32 only: add --precision f32`,
    );
  }
  return settings;
}

function readFlags(args: readonly string[]): Map<Row, Given> {
  const byFlag = new Map(ROWS.map((row) => [flagOf(row), row]));
  const given = new Map<Row, Given>();
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? "";
    // `deno task start -- --port 1` hands the separator on.
    if (argument === "--") continue;
    const equals = argument.indexOf("=");
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    const row = byFlag.get(flag);
    if (row === undefined) throw unknown(argument, flag, [...byFlag.keys()]);
    let text: string | undefined = equals < 0 ? undefined : argument.slice(equals + 1);
    text ??= SETTINGS[row].placeholder === undefined ? "true" : args[++at];
    if (text === undefined || (equals < 0 && text.startsWith("--"))) {
      throw new SettingsError(`${flag}: the value is missing; allowed is ${SETTINGS[row].allowed}`);
    }
    const texts = given.get(row)?.texts ?? [];
    given.set(row, { by: flag, texts: [...texts, text] });
  }
  return given;
}

function unknown(argument: string, flag: string, flags: readonly string[]): SettingsError {
  if (!argument.startsWith("-")) {
    return new SettingsError(`${JSON.stringify(argument)} is not expected: settings are flags; --help lists them`);
  }
  const near = nearest(flag, [...flags, "--help"]);
  return new SettingsError(`${flag} is not a flag: ${near ? `did you mean ${near}? ` : ""}--help lists them`);
}

/** An empty variable counts as not set, as container files often leave it. */
function readVariable(row: Row, env: Environment): Given | undefined {
  const by = variableOf(row);
  const text = env[by];
  if (text === undefined || text === "") return undefined;
  return { by, texts: SETTINGS[row].repeated ? text.split(",").map((part) => part.trim()) : [text] };
}

function valueOf(row: Row, given: Given | undefined, env: Environment): unknown {
  const setting: Setting<unknown> = SETTINGS[row];
  if (given === undefined) {
    const fallback = setting.fallback(env);
    if (fallback) return fallback.value;
    throw new SettingsError(`${flagOf(row)} must be given: the environment has none of ${setting.shownDefault}`);
  }
  const value = setting.read(given.texts);
  if (value !== undefined) return value;
  const bad = given.texts.find((text) => setting.read([text]) === undefined) ?? given.texts.at(-1);
  const shown = setting.secret ? "what it says" : JSON.stringify(bad);
  throw new SettingsError(`${given.by}: ${shown} is not allowed; allowed is ${setting.allowed}`);
}
