import { existsSync } from "node:fs";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Where Debian and others put it. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = PLACES.find((path) => existsSync(path));

/** Browser tests are skipped without a browser, by a name that says so. */
export const ignore = executablePath === undefined;
export const needsBrowser = (name: string) => ignore ? `${name} (skipped: Chromium is not installed)` : name;

/** A page of a service, and what went wrong on it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, refusals by the page's policy. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for; the service's own only, or the page is broken. */
  readonly requested: readonly string[];
}

/** Opens a page in a browser of its own that reaches nothing but this machine, not even a name server. */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  try {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requested: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(url);
    return { page, complaints, requested, [Symbol.asyncDispose]: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
