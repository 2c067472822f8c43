import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** What axe-core has against a page as it is now, for people to read; nothing is right. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(await Deno.readTextFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js")));
  return await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ": " + html + " " + any[0]?.message)))`);
}
