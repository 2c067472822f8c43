/** Text as XML 1.0 takes it: characters that it has no way to write are shown as U+FFFD. */
export function xmlText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Attributes of an element, those that are undefined left out. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? rounded(value) : xmlText(value!)}"`)
    .join("");
}

/** Hundredths of a pixel are enough. */
export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
