import { ImportFault } from "../formats/imported.ts";
import { utf8Text } from "../formats/utf8_text.ts";
import { type DocumentContent, readContent } from "./document_content.ts";

/** Id of the element that holds a document's data. */
export const DATA_ID = "midstream-document";

const DATA_OPENS = `<script type="application/json" id="${DATA_ID}">`;

/** The explorer's own text, of which a document is made. */
export interface PageSource {
  readonly styles: string;
  readonly script: string;
}

/** One HTML file that shows a picture without a service, and may ask nobody: its policy lets nothing out. */
export function documentPage(title: string, content: string, { styles, script }: PageSource): string {
  const nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
${styles}
</style>
</head>
<body>
<div id="explorer"></div>
${DATA_OPENS}${content.replaceAll("<", "\\u003c")}</script>
<script type="module" nonce="${nonce}">
${withoutEnd(script)}
</script>
</body>
</html>
`;
}

/** Such a text stands in strings alone, where a backslash more changes nothing. */
function withoutEnd(script: string): string {
  return script.replaceAll(/<(\/script|!--)/gi, "<\\$1");
}

export function isDocumentPage(bytes: Uint8Array): boolean {
  const begin = new TextDecoder().decode(bytes.subarray(0, 64));
  return /^\s*<!doctype html/i.test(begin);
}

/** @throws {ImportFault} */
export function readDocumentPage(bytes: Uint8Array): DocumentContent {
  const text = utf8Text(bytes);
  const from = text.indexOf(DATA_OPENS);
  if (from < 0) throw new ImportFault("the file is an HTML page, but none that was exported here");
  const begin = from + DATA_OPENS.length;
  const end = text.indexOf("</script>", begin);
  if (end < 0) throw new ImportFault("the document breaks off in its data; the whole file would be right");
  return readContent(text.slice(begin, end));
}
