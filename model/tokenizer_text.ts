/** A step of the `decoder` of a tokenizer.json, as far as it changes what one piece says. */
interface DecoderStep {
  readonly type?: unknown;
  readonly decoders?: unknown;
  readonly pattern?: { readonly String?: unknown };
  readonly content?: unknown;
  readonly replacement?: unknown;
  readonly suffix?: unknown;
}

/**
 * Makes the function from a piece ("▁Lily", "Ġthe", "<0x0A>") to the text it adds inside a longer text (" Lily",
 * " the", "\n"). A piece that is a part of a character says "" here: it is no text alone.
 *
 * The library's decoder is not used: it strips the space in front of a text's first token, which is wrong for a token
 * in the middle, and turns a lone byte into U+FFFD, which cannot be told from a real one.
 *
 * @param decoder `decoder` of tokenizer.json
 * @param byteFallback whether `<0xNN>` pieces stand for bytes
 */
export function textOfPiece(decoder: unknown, byteFallback: boolean): (piece: string) => string {
  const steps = flatten(decoder);
  if (steps.some((step) => step.type === "ByteLevel")) return byteLevelText();
  const bytes = byteFallback || steps.some((step) => step.type === "ByteFallback");
  const replacements = steps.flatMap(replacement);
  return (piece) => {
    const byte = bytes ? /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1] : undefined;
    if (byte !== undefined) {
      const value = parseInt(byte, 16);
      return value < 0x80 ? String.fromCharCode(value) : "";
    }
    return replacements.reduce((text, [from, to]) => text.replaceAll(from, () => to), piece);
  };
}

function flatten(decoder: unknown): DecoderStep[] {
  if (typeof decoder !== "object" || decoder === null) return [];
  const step = decoder as DecoderStep;
  return Array.isArray(step.decoders) ? step.decoders.flatMap(flatten) : [step];
}

function replacement(step: DecoderStep): [string, string][] {
  if (step.type === "Replace" && typeof step.pattern?.String === "string" && typeof step.content === "string") {
    return [[step.pattern.String, step.content]];
  }
  if (step.type === "Metaspace") return [[typeof step.replacement === "string" ? step.replacement : "▁", " "]];
  if (step.type === "BPEDecoder") return [[typeof step.suffix === "string" ? step.suffix : "</w>", " "]];
  return [];
}

function byteLevelText(): (piece: string) => string {
  const byteOf = byteLevelAlphabet();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return (piece) => {
    const bytes: number[] = [];
    for (const character of piece) {
      const byte = byteOf.get(character);
      // A piece outside the alphabet was put into the vocabulary as it reads.
      if (byte === undefined) return piece;
      bytes.push(byte);
    }
    try {
      return decoder.decode(Uint8Array.from(bytes));
    } catch {
      return "";
    }
  };
}

/**
 * The printable stand-ins of byte-level BPE: bytes that print stand for themselves, the others for U+0100 onwards in
 * byte order (`bytes_to_unicode` of GPT-2's encoder.py).
 */
export function byteLevelAlphabet(): Map<string, number> {
  const prints = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 0x100; byte++) {
    alphabet.set(String.fromCodePoint(prints(byte) ? byte : next++), byte);
  }
  return alphabet;
}
