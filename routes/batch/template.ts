/** A text with names in braces, taken apart. */
export interface Template {
  readonly names: readonly string[];
  fill(values: Readonly<Record<string, string>>): string;
}

/**
 * Reads a template: `{name}` is replaced, `{{` and `}}` are literal braces.
 * @returns `fault`, a sentence for the caller, where it is malformed
 */
export function parseTemplate(text: string): Template | { readonly fault: string } {
  const pieces: ({ readonly literal: string } | { readonly name: string })[] = [];
  const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  for (const [piece, name] of text.matchAll(token)) {
    if (piece === "{{" || piece === "}}") pieces.push({ literal: piece[0]! });
    else if (piece === "{" || piece === "}") {
      return { fault: `a "${piece}" that stands alone: write it twice for a literal one` };
    } else if (name === undefined) pieces.push({ literal: piece });
    else if (name === "") return { fault: "{} names nothing: put a name between the braces" };
    else pieces.push({ name });
  }
  const names = [...new Set(pieces.flatMap((piece) => "name" in piece ? [piece.name] : []))];
  const fill = (values: Readonly<Record<string, string>>) =>
    pieces.map((piece) => "name" in piece ? values[piece.name]! : piece.literal).join("");
  return { names, fill };
}
