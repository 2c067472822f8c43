/** A change of a JSON text: `op` picks what is done, `at` and `from` which of its values are meant. */
export interface JsonChange {
  readonly op: number;
  readonly at: number;
  readonly from: number;
}

/** Values of every type, and numbers that are near a limit of something. */
const VALUES = [null, true, "", "text", -1, 0, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, [], {}, [[]], { "": 0 }];
/** What JSON.stringify does not write. */
const RAW = [
  "1e999",
  "-1e999",
  "-0",
  "1e-999",
  "[".repeat(100_000) + "]".repeat(100_000),
  '{"a":'.repeat(100_000) + "0" + "}".repeat(100_000),
];
const NAMES = ["__proto__", "constructor", "toString", "length", "", "0"];
const PLACEHOLDER = "raw JSON goes here";

interface Slot {
  readonly of: Record<string, unknown>;
  readonly key: string;
}

/** Members removed, renamed and added, types swapped, huge numbers, deep nesting, values from elsewhere in the text. */
export function changedJson(text: string, { op, at, from }: JsonChange): string {
  // It is nested deep already, deeper than this can walk.
  if (text.length > 100_000) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const all = slots(value);
  const slot = all[at % all.length];
  const other = all[from % all.length];
  if (slot === undefined || other === undefined) return text;
  const { of, key } = slot;
  const raw = RAW[from % RAW.length]!;
  // Lists have no names.
  const name = Array.isArray(of) ? key : NAMES[from % NAMES.length]!;
  switch (op % 7) {
    case 0:
      if (Array.isArray(of)) of.splice(Number(key), 1);
      else delete of[key];
      break;
    case 1:
      put(of, key, VALUES[from % VALUES.length]);
      break;
    case 2:
      put(of, key, PLACEHOLDER);
      break;
    case 3:
      put(of, name, of[key]);
      if (name !== key) delete of[key];
      break;
    case 4:
      put(of, name, { polluted: true });
      break;
    case 5:
      put(of, key, structuredClone(other.of[other.key]));
      break;
    default:
      if (Array.isArray(of)) of.splice(Number(key), 0, of[Number(key)]);
      else put(of, key, [of[key]]);
  }
  return JSON.stringify(value).replace(JSON.stringify(PLACEHOLDER), () => raw);
}

/** An own member, whatever its name. */
function put(of: object, key: string, value: unknown): void {
  Object.defineProperty(of, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Every place of a value that has a value. */
function slots(value: unknown): Slot[] {
  if (typeof value !== "object" || value === null) return [];
  const of = value as Record<string, unknown>;
  return Object.keys(of).flatMap((key) => [{ of, key }, ...slots(of[key])]);
}
