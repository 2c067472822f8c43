import { isIP } from "node:net";

export type Environment = Readonly<Record<string, string | undefined>>;

/** One row of the table: flag, environment twin, `--help` and README are made from it. */
export interface Setting<T> {
  /** What stands for the value in `--help`; undefined for a switch, which needs none. */
  readonly placeholder: string | undefined;
  /** What a refusal says is allowed, e.g. "a whole number from 0 to 65535". */
  readonly allowed: string;
  /** The default as people read it. */
  readonly shownDefault: string;
  readonly description: string;
  /** For whoever measures or mends; `--help` and README list these last. */
  readonly expert: boolean;
  /** Several values are meaningful: the flag may be repeated, the environment twin separates them by commas. */
  readonly repeated: boolean;
  /** The value is told to nobody, not even to whoever mistyped it: logs are read by many. */
  readonly secret: boolean;
  /** @returns undefined when a text is not allowed; of a flag given twice the last counts */
  readonly read: (texts: readonly string[]) => T | undefined;
  /** @returns undefined when the environment does not settle it: the setting must then be given */
  readonly fallback: (env: Environment) => { readonly value: T } | undefined;
}

interface Described {
  readonly description: string;
  readonly expert?: boolean;
}

interface Parser<T> {
  readonly placeholder: string | undefined;
  readonly allowed: string;
  readonly secret?: boolean;
  readonly parse: (text: string) => T | undefined;
}

/** A setting with a default that `shown` describes. */
export function setting<T>(parser: Parser<T>, row: Described & { value: NoInfer<T>; shown?: string }): Setting<T> {
  return single(parser, row, row.shown ?? String(row.value), () => ({ value: row.value }));
}

/** A setting that is undefined unless given: the service then chooses as `otherwise` says. */
export function optional<T>(parser: Parser<T>, row: Described & { otherwise: string }): Setting<T | undefined> {
  return single<T | undefined>(parser, row, row.otherwise, () => ({ value: undefined }));
}

/** A setting whose default comes from the environment. */
export function derived<T>(
  parser: Parser<T>,
  row: Described & { shown: string; from: (env: Environment) => T | undefined },
): Setting<T> {
  return single(parser, row, row.shown, (env) => {
    const value = row.from(env);
    return value === undefined ? undefined : { value };
  });
}

/** A setting that may be given several times. */
export function list<T>(parser: Parser<T>, row: Described): Setting<readonly T[]> {
  return {
    ...single<readonly T[]>({ ...parser, parse: () => [] }, row, "none", () => ({ value: [] })),
    repeated: true,
    read: (texts) => {
      const values = texts.map(parser.parse);
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

function single<T>(
  { placeholder, allowed, parse, secret = false }: Parser<T>,
  { description, expert = false }: Described,
  shownDefault: string,
  fallback: Setting<T>["fallback"],
): Setting<T> {
  const read = (texts: readonly string[]) => parse(texts.at(-1) ?? "");
  return { placeholder, allowed, shownDefault, description, expert, repeated: false, secret, read, fallback };
}

export function wholeNumber(placeholder: string, from: number, to: number): Parser<number> {
  return {
    placeholder,
    allowed: `a whole number from ${from} to ${to}`,
    parse: (text) => /^\d{1,15}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined,
  };
}

const BYTE_UNITS: Readonly<Record<string, number>> = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Bytes, plain or with a binary unit. */
export function bytes(from: number): Parser<number> {
  return {
    placeholder: "<bytes>",
    allowed: `bytes from ${from}, plain or with KiB, MiB or GiB`,
    parse: (text) => {
      const [, digits, unit] = /^(\d{1,15})(KiB|MiB|GiB|)$/.exec(text) ?? [];
      const value = Number(digits) * (BYTE_UNITS[unit ?? ""] ?? NaN);
      return value >= from && Number.isSafeInteger(value) ? value : undefined;
    },
  };
}

const TIME_UNITS: Readonly<Record<string, number>> = { h: 3600, d: 86_400 };

/** Hours or days, as seconds. */
export function daysOrHours(): Parser<number> {
  return {
    placeholder: "<time>",
    allowed: "hours or days from 1h to 3650d, as 12h or 7d",
    parse: (text) => {
      const [, digits, unit] = /^(\d{1,6})([hd])$/.exec(text) ?? [];
      const seconds = Number(digits) * (TIME_UNITS[unit ?? ""] ?? NaN);
      return seconds >= 3600 && seconds <= 3650 * 86_400 ? seconds : undefined;
    },
  };
}

export function oneOf<const T extends string>(values: readonly T[]): Parser<T> {
  return {
    placeholder: `<${values.join("|")}>`,
    allowed: values.length === 1 ? `only ${values[0]}` : `one of ${values.join(", ")}`,
    parse: (text) => values.find((value) => value === text),
  };
}

export function path(placeholder: string): Parser<string> {
  return { placeholder, allowed: "a path", parse: (text) => text === "" ? undefined : text };
}

/** An address or a host name, without a port. */
export function hostName(placeholder: string): Parser<string> {
  return {
    placeholder,
    allowed: "an address or a host name, without a port",
    parse: (text) => isIP(text) !== 0 || /^[A-Za-z0-9._-]+$/.test(text) ? text : undefined,
  };
}

/** An address, or a network as `10.0.0.0/8`. */
export function network(): Parser<string> {
  return {
    placeholder: "<address|network>",
    allowed: "an address, or a network as 10.0.0.0/8",
    parse: (text) => {
      const [address = "", bits, ...rest] = text.split("/");
      const family = isIP(address);
      if (family === 0 || rest.length > 0) return undefined;
      if (bits === undefined) return text;
      return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128) ? text : undefined;
    },
  };
}

/** Where a Redis is, with what it takes to be let in. */
export function redisUrl(): Parser<string> {
  return {
    placeholder: "<url>",
    allowed: "redis://[[user]:password@]host[:port][/number], or rediss:// for TLS",
    secret: true,
    parse: (text) => {
      const url = URL.canParse(text) ? new URL(text) : null;
      const is = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "" &&
        /^(\/\d{0,4})?$/.test(url.pathname);
      return is && url.search === "" && url.hash === "" ? text : undefined;
    },
  };
}

/** The origin of web pages, as browsers send it. */
export function origin(): Parser<string> {
  return {
    placeholder: "<origin>",
    allowed: "an origin as https://lab.example, without a path",
    parse: (text) => URL.canParse(text) && new URL(text).origin === text ? text : undefined,
  };
}

/** A path below which the service lies: "/lens"; "/" is none. */
export function basePath(): Parser<string> {
  return {
    placeholder: "<path>",
    allowed: "a path as /lens, without an end slash",
    parse: (text) => text === "/" ? "" : /^(\/[A-Za-z0-9._~-]+)+$/.test(text) ? text : undefined,
  };
}

/** A switch: the flag alone turns it on; the environment twin and `--flag=` take a word. */
export function onOff(): Parser<boolean> {
  return {
    placeholder: undefined,
    allowed: "true or false",
    parse: (text) => ["true", "1"].includes(text) ? true : ["false", "0"].includes(text) ? false : undefined,
  };
}
