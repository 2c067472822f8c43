import type { Page } from "playwright-core";

/** A file that the page handed to the browser. */
export interface KeptFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Opens the menu of exports where it is closed, and keeps what is shown in one of its ways. */
export async function keepAs(page: Page, title: string): Promise<KeptFile> {
  const menu = page.getByRole("list", { name: "Export" });
  if (await menu.count() === 0) await page.getByRole("button", { name: "Export", exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 10_000 }),
    menu.getByRole("button", { name: title, exact: true }).click(),
  ]);
  const path = await download.path(), bytes = await Deno.readFile(path);
  return { name: download.suggestedFilename(), path, bytes, text: new TextDecoder().decode(bytes) };
}

/** All texts of the grid in sight, by `position layer`. */
export function gridTexts(page: Page): Promise<Record<string, string>> {
  return page.evaluate(`Object.fromEntries([...document.querySelectorAll("#explorer [data-position][data-layer]")]
    .map((cell) => [cell.dataset.position + " " + cell.dataset.layer, cell.textContent]))`);
}
