import type { Page } from "playwright-core";
import { openPage } from "../tests/browser/browser.ts";
import { runService } from "../tests/service/running_service.ts";

/**
 * Pictures of the explorer's views on the demo, light and dark: `deno task pictures`, into .cache/pictures. With `--docs`
 * those that docs/explorer.md and the README show, into docs/pictures.
 */
const forDocs = Deno.args.includes("--docs");
const folder = new URL(forDocs ? "../docs/pictures/" : "../.cache/pictures/", import.meta.url);

/** The model makes up its mind late: " big" until the sixth block, then " park". */
const PROMPT = "Tom and Lily went to the";
/** Ids of " park", " big" and " beach". */
const PINS = "544.358.1636";

interface Shot {
  readonly name: string;
  /** Members of the link. */
  readonly link: Readonly<Record<string, string>>;
  readonly height: number;
  /** What is done on the page before it is looked at. */
  readonly act?: (page: Page) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: "grid", link: { view: "grid", cell: "6.5", pins: PINS }, height: 640 },
  { name: "grid-kl", link: { view: "grid", colour: "kl_output_lens", log: "1", cell: "4.3" }, height: 640 },
  { name: "compare", link: { view: "compare", lens: "logit", against: "tuned", cell: "6.5" }, height: 930 },
  { name: "compare-sites", link: { view: "compare", beside: "sites", cell: "6.5" }, height: 900 },
  { name: "follow", link: { view: "follow", pins: PINS }, height: 1160 },
  { name: "last", link: { view: "last" }, height: 900 },
  { name: "answer", link: { view: "answer" }, height: 720, act: write },
  { name: "agreement", link: { view: "agreement" }, height: 600 },
  { name: "refused", link: { view: "grid", lens: "missing" }, height: 480 },
  { name: "lenses", link: { page: "lenses" }, height: 900 },
  { name: "jobs", link: { page: "jobs" }, height: 720 },
];

await Deno.mkdir(folder, { recursive: true });
await using service = await runService();
await makeJob();
for (const scheme of ["light", "dark"] as const) {
  for (const width of forDocs ? [1200] : [1280, 400]) {
    for (const shot of SHOTS) if (!forDocs || isInDocs(shot, scheme)) await take(shot, scheme, width);
  }
}

/** The README's first picture follows the reader's theme; the tour is light. */
function isInDocs({ name }: Shot, scheme: "light" | "dark"): boolean {
  if (scheme === "dark") return name === "grid";
  return !["grid-kl", "compare-sites", "refused", "agreement"].includes(name);
}

async function take({ name, link, height, act }: Shot, scheme: "light" | "dark", width: number) {
  const members = new URLSearchParams({ prompt: PROMPT, ...link });
  await using opened = await openPage(`${service.url}/#${members}`, {
    colorScheme: scheme,
    viewport: { width, height },
  });
  const { page } = opened;
  if (link.page === undefined) await page.locator('[data-phase="done"], [data-phase="refused"]').waitFor();
  else await page.getByRole("main").waitFor();
  await act?.(page);
  await page.waitForTimeout(300);
  const file = `${name}-${scheme}${width < 500 ? "-narrow" : ""}.webp`;
  const shown = await page.screenshot({ fullPage: width < 500 });
  await Deno.writeFile(new URL(file, folder), await asWebp(page, shown));
  console.log(file);
}

/** The browser is the encoder: a quarter of the bytes of a PNG. */
async function asWebp(page: Page, png: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<string>();
  await page.goto("about:blank");
  await page.exposeFunction("taken", resolve);
  await page.evaluate(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png.toBase64()}";
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    taken(canvas.toDataURL("image/webp", 0.9));
  })()`);
  return Uint8Array.fromBase64((await promise).split(",")[1]!);
}

async function write(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Let it write" }).click();
  await page.getByRole("region", { name: "Continuation" }).locator("li").nth(15).waitFor();
}

async function makeJob(): Promise<void> {
  const template = "{who} went to the park and saw a";
  const values = ["Tom", "Lily", "Sue", "The dog"].map((who) => ({ who }));
  await (await service.post("/jobs", { template, values, sites: ["resid_post"] })).body?.cancel();
}
