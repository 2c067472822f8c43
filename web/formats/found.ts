import { ImportFault } from "./imported.ts";

/** A value of a parsed file that may be anything, and where it lies: what is asked of it is so, or the fault says what it is. */
export class Found {
  /**
   * @param value as JSON.parse gives it; undefined where there is none
   * @param key name or index in `within`; of a file's outermost value, what people call it
   */
  constructor(
    readonly value: unknown,
    private readonly key: string | number,
    private readonly within: Found | null = null,
  ) {}

  get isThere(): boolean {
    return this.value !== undefined;
  }

  /** An own member of an object; its value is undefined where the object has none. */
  member(name: string): Found {
    const { value } = this;
    if (!isObject(value)) throw this.fault("an object");
    return new Found(Object.hasOwn(value, name) ? value[name] : undefined, name, this);
  }

  has(name: string): boolean {
    return isObject(this.value) && Object.hasOwn(this.value, name);
  }

  /** Names and values of an object. In messages a member is only called by its order: names may be the file's content. */
  entries(): [string, Found][] {
    if (!isObject(this.value)) throw this.fault("an object");
    return Object.entries(this.value).map(([name, value], at) => [name, new Found(value, at, this)]);
  }

  items(): Found[] {
    if (!Array.isArray(this.value)) throw this.fault("a list");
    return this.value.map((value, at) => new Found(value, at, this));
  }

  /** Items of a list, without looking at them. */
  get count(): number {
    if (!Array.isArray(this.value)) throw this.fault("a list");
    return this.value.length;
  }

  /** Items of a list that has as many as something else. */
  exactly(count: number, of: string): Found[] {
    if (this.count !== count) throw this.fault(`a list of ${count}, one for each ${of},`);
    return this.items();
  }

  text(): string {
    if (typeof this.value !== "string") throw this.fault("a text");
    return this.value;
  }

  texts(): string[] {
    return this.items().map((item) => item.text());
  }

  number(least = -Infinity, most = Infinity): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isFinite(value) || value < least || value > most) {
      throw this.fault(`a number${range(least, most)}`);
    }
    return value;
  }

  integer(least: number, most: number): number {
    const { value } = this;
    if (!Number.isInteger(value) || value as number < least || value as number > most) {
      throw this.fault(`a whole number${range(least, most)}`);
    }
    return value as number;
  }

  flag(): boolean {
    if (typeof this.value !== "boolean") throw this.fault("true or false");
    return this.value;
  }

  /** @param right what would be right here, as in "a list" */
  fault(right: string): ImportFault {
    const { root, path } = this.#place();
    return new ImportFault(
      `${root}${path === "" ? "" : `: ${path}`} is ${kindOf(this.value)}; ${right} would be right`,
    );
  }

  #place(): { root: string; path: string } {
    if (this.within === null) return { root: String(this.key), path: "" };
    const { root, path } = this.within.#place();
    if (typeof this.key === "number") return { root, path: `${path}[${this.key}]` };
    return { root, path: path === "" ? this.key : `${path}.${this.key}` };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function range(least: number, most: number): string {
  if (least === -Infinity) return most === Infinity ? "" : ` up to ${most}`;
  return most === Infinity ? ` from ${least}` : ` from ${least} to ${most}`;
}

/** What a value is, without its content. */
function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
