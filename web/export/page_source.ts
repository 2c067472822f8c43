import type { PageSource } from "./document_page.ts";

/** The styles and the script of the page that runs: served files, or, in a document, what stands in it. */
export async function pageSource(): Promise<PageSource> {
  const styles = [...document.head.querySelectorAll<HTMLElement>("link[rel=stylesheet], style")];
  const script = document.querySelector<HTMLScriptElement>("script[type=module]")!;
  const [source, ...sheets] = await Promise.all([script, ...styles].map(textOf));
  return { styles: sheets.join("\n"), script: source! };
}

async function textOf(element: HTMLElement): Promise<string> {
  const address = element instanceof HTMLLinkElement
    ? element.href
    : element instanceof HTMLScriptElement
    ? element.src
    : "";
  if (address === "") return element.textContent ?? "";
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} is not served`);
  return await response.text();
}
