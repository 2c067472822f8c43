const WHITE = /[ \t\r\n]*/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Parts of a string. */
const PLAIN = /[ !#-\[\]-\uffff]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Index of the first character at which a text stops being JSON; its length where it only breaks off. Engines tell it differently
 * or not at all. The nesting may be of any depth.
 */
export function jsonFaultAt(text: string): number {
  const open: string[] = [];
  let at = 0;
  const takes = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const scalar = () => {
    if (text[at] !== '"') return takes(WORD);
    at += 1;
    while (takes(PLAIN) || takes(ESCAPE));
    if (text[at] !== '"') return false;
    at += 1;
    return true;
  };
  /** What may come: a value, a value or the end of its list, a name, a name or the end of its object, or what follows a value. */
  let expects: "value" | "first" | "name" | "names" | "after" = "value";
  for (;;) {
    takes(WHITE);
    const next = text[at];
    if (next === undefined) return at;
    const closes = next === "]" || next === "}";
    if (closes && (expects === "first" || expects === "names" || expects === "after")) {
      if (open.pop() !== (next === "]" ? "[" : "{")) return at;
      at += 1;
      expects = "after";
    } else if (expects === "after") {
      if (next !== "," || open.length === 0) return at;
      at += 1;
      expects = open.at(-1) === "[" ? "value" : "name";
    } else if (expects === "name" || expects === "names") {
      if (next !== '"' || !scalar()) return at;
      takes(WHITE);
      if (text[at] !== ":") return at;
      at += 1;
      expects = "value";
    } else if (next === "[" || next === "{") {
      open.push(next);
      at += 1;
      expects = next === "[" ? "first" : "names";
    } else {
      if (!scalar()) return at;
      expects = "after";
    }
  }
}
