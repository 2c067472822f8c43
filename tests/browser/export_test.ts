import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";
import { gridTexts, keepAs } from "./kept_file.ts";

const PROMPT = "Tom and Lily went to the";
const STATISTICS = ["entropy", "kl_output_lens", "output_rank"];
const hash = (view: string, more = "") => `#view=${view}&prompt=${encodeURIComponent(PROMPT)}${more}`;
const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const shown = (text: string, piece: string) => text === "" ? piece : text.replaceAll(" ", "·");

/** Likeliest tokens of an answer, as the grid shows them. */
function textsOf({ readouts, output }: ProbeAnswer): Record<string, string> {
  const cells = [...readouts, ...output.map((cell) => ({ ...cell, layer: "output" }))];
  return Object.fromEntries(
    cells.map(({ position, layer, top: [first] }) => [`${position} ${layer}`, shown(first!.text, first!.piece)]),
  );
}

/** Opens a file by hand, and waits for its bar. */
async function reopen(page: Page, path: string) {
  await page.getByLabel("Files to open").setInputFiles(path);
  await page.getByRole("region", { name: "Opened file" }).waitFor();
}

Deno.test({
  name: needsBrowser("what is shown is kept as JSON, tables and pictures, and what can be read is opened again"),
  ignore,
}, async () => {
  await using service = await runService();
  const asked = { prompt: PROMPT, positions: "all", statistics: STATISTICS };
  const answer = await service.json<ProbeAnswer>("/probe", asked);
  const texts = textsOf(answer);
  await using opened = await openPage(`${service.url}/${hash("grid")}`);
  const { page, complaints, requested } = opened;
  await done(page);

  const json = await keepAs(page, "JSON");
  assert.equal(json.name, "midstream-demo_logit_grid_Tom-and-Lily-went-to-the.json");
  const { usage: _, timing: __, ...kept } = JSON.parse(json.text);
  const { usage, timing, ...said } = answer as ProbeAnswer & { timing: unknown };
  assert.ok(usage.rows > 0 && timing !== undefined);
  assert.deepEqual(kept, said);

  const csv = await keepAs(page, "CSV");
  const response = await service.post("/probe", asked, { headers: { accept: "text/csv" } });
  assert.equal(csv.text, await response.text());

  const svg = await keepAs(page, "SVG");
  const drawing = await page.evaluate<{ fault: string | null; texts: string[]; width: number; height: number }>(
    `(() => {
      const { documentElement: svg } = new DOMParser().parseFromString(${JSON.stringify(svg.text)}, "image/svg+xml");
      const texts = [...svg.querySelectorAll("text")].map((text) => (text.querySelector("title") ?? text).textContent);
      const fault = svg.querySelector("parsererror")?.textContent ?? null;
      return { fault, texts, width: Number(svg.getAttribute("width")), height: Number(svg.getAttribute("height")) };
    })()`,
  );
  assert.equal(drawing.fault, null);
  const count = (list: readonly string[]) => Object.entries(Object.groupBy(list, (text) => text));
  for (const [text, all] of count(Object.values(texts))) {
    assert.ok(drawing.texts.filter((it) => it === text).length >= all!.length, `${text}: ${all!.length} times`);
  }
  const whole = drawing.texts.join("\n");
  for (const fact of ["model midstream-demo", "precision f32", "lens logit", "norm own", "site resid_post", PROMPT]) {
    assert.ok(whole.includes(fact), `the caption says ${fact}`);
  }
  assert.ok(whole.includes("probability of the likeliest token"), "the legend is there");

  const png = await keepAs(page, "PNG");
  const size = await page.evaluate<number[]>(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${Buffer.from(png.bytes).toString("base64")}";
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  })()`);
  assert.deepEqual(size, [drawing.width * 2, drawing.height * 2]);

  const page_ = await keepAs(page, "HTML");
  const before = requested.length;
  for (const path of [json.path, page_.path]) {
    await reopen(page, path);
    assert.deepEqual(await gridTexts(page), texts);
    assert.deepEqual(JSON.parse((await keepAs(page, "JSON")).text).readouts, answer.readouts);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByLabel("Prompt").waitFor();
  }
  const asks = requested.slice(before).filter((url) => !url.startsWith("blob:"));
  assert.deepEqual(asks, [], "what is opened is sent nowhere");
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("an exported page opens from a disk without a network, and its views show the same numbers"),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/${hash("last")}`);
  const { page } = opened;
  await done(page);
  const cells = (page: Page) =>
    page.locator("#explorer .ranks td").evaluateAll((cells) =>
      cells.map((cell) => [...cell.children].map((part) => part.textContent).join("|"))
    );
  const live = await cells(page);
  assert.equal(live.length, 4 * 8 * 10);
  const last = await keepAs(page, "HTML");
  const seed = await keepAs(page, "Seed CSV");
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await done(page);
  const grid = await keepAs(page, "HTML");
  const texts = await gridTexts(page);
  await page.getByRole("button", { name: "Export", exact: true }).click();

  await reopen(page, seed.path);
  assert.deepEqual(
    (await cells(page)).length,
    0,
    "the seed's file is looked at as the question is: by the grid",
  );
  await page.getByRole("button", { name: "Last position" }).click();
  const percents = (list: string[]) => list.map((text) => Number(/\|([\d.e-]+) %$/.exec(text)![1]));
  const read = percents(await cells(page)), wanted = percents(live);
  assert.equal(read.length, wanted.length);
  read.forEach((value, at) =>
    assert.ok(Math.abs(value - wanted[at]!) <= Math.max(0.006, 0.006 * wanted[at]!), `${at}`)
  );

  for (const file of [last, grid]) {
    const path = await Deno.makeTempFile({ suffix: ".html" });
    try {
      await Deno.writeFile(path, file.bytes);
      const url = pathToFileURL(path).href;
      await using document = await openPage("about:blank", { offline: true });
      await document.page.goto(url);
      await document.page.getByText("asks no service").waitFor();
      if (file === last) assert.deepEqual(await cells(document.page), live);
      else assert.deepEqual(await gridTexts(document.page), texts);
      const tabs = document.page.getByRole("navigation", { name: "Views" }).getByRole("button");
      for (const tab of await tabs.all()) {
        await tab.click();
        const main = document.page.getByRole("main");
        assert.notEqual((await main.textContent())!.trim(), "", `${await tab.textContent()} says something`);
      }
      assert.deepEqual(document.complaints, []);
      assert.deepEqual(document.requested, [url]);
    } finally {
      await Deno.remove(path);
    }
  }
});

Deno.test({
  name: needsBrowser("a token that is markup is text in every file, and what was stopped says so"),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/${hash("grid")}`);
  const { page, complaints } = opened;
  await done(page);
  const markup = "</script><!--<script>document.title=1</script><img src=x onerror=document.title=2>&\u0001";
  await page.route("**/probe/stream", async (route) => {
    const response = await route.fetch();
    const text = JSON.stringify(markup);
    const body = (await response.text()).replaceAll(/"(text|piece)":"[^"]*"/g, (_, member) => `"${member}":${text}`);
    const lines = body.trimEnd().split("\n");
    await route.fulfill({ response, body: `${lines.slice(0, -2).join("\n")}\n` });
  });
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("The service is not reached").waitFor();
  assert.ok(await page.getByRole("button", { name: "Export", exact: true }).isDisabled(), "more of it is on its way");
  await page.getByRole("button", { name: "Stop" }).click();

  const svg = await keepAs(page, "SVG");
  assert.match(svg.name, /_so-far\.svg$/);
  const elements = await page.evaluate<string[]>(
    `[...new Set([...new DOMParser().parseFromString(${JSON.stringify(svg.text)}, "image/svg+xml")
      .querySelectorAll("*")].map(({ localName }) => localName))]`,
  );
  const known = ["svg", "title", "defs", "linearGradient", "stop", "rect", "text", "line"];
  assert.deepEqual(elements.filter((name) => !known.includes(name)), []);
  assert.ok(svg.text.includes("&lt;img·src=x"), "the text is there");
  assert.ok(
    await page.getByRole("list", { name: "Export" }).getByRole("button", { name: "JSON", exact: true }).isDisabled(),
  );

  const kept = await keepAs(page, "HTML");
  const texts = await gridTexts(page);
  const path = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeFile(path, kept.bytes);
    await using document = await openPage(pathToFileURL(path).href, { offline: true });
    await document.page.getByRole("grid").waitFor();
    assert.deepEqual(await gridTexts(document.page), texts);
    assert.equal(await document.page.locator("img").count(), 0);
    assert.match(await document.page.title(), /^<\/script>.* · Midstream$/);
    assert.deepEqual(document.complaints, []);
  } finally {
    await Deno.remove(path);
  }
  assert.deepEqual(complaints, []);
});

Deno.test(
  { name: needsBrowser("what is printed is the view alone, light, whole and with its caption"), ignore },
  async () => {
    await using service = await runService();
    const prompt =
      "Once upon a time, there was a little girl named Lily who went to the park with her friend Tom and a dog";
    const { tokens } = await service.json<ProbeAnswer>("/probe", { prompt });
    await using opened = await openPage(`${service.url}/#view=grid&prompt=${encodeURIComponent(prompt)}`, {
      colorScheme: "dark",
      viewport: { width: 700, height: 900 },
    });
    const { page, complaints } = opened;
    await done(page);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.locator(".printed").waitFor();
    assert.ok(await page.locator("#explorer").isHidden());
    const printed = await page.evaluate<{ cells: number; right: number; ink: string; page: string }>(`(() => {
    const sheet = document.querySelector(".printed");
    const cells = [...sheet.querySelectorAll("td")];
    const right = Math.max(...cells.map((cell) => cell.getBoundingClientRect().right));
    const { color, backgroundColor } = getComputedStyle(sheet);
    return { cells: cells.length, right, ink: color, page: backgroundColor };
  })()`);
    assert.equal(printed.cells, tokens.length * 9);
    assert.ok(printed.right <= 700, `cells end at ${printed.right}`);
    assert.equal(printed.page, "rgb(255, 255, 255)");
    assert.equal(printed.ink, "rgb(28, 31, 34)");
    await page.getByText("model midstream-demo · precision f32").waitFor();
    await page.emulateMedia({ media: null, colorScheme: "dark" });
    await page.locator(".printed").waitFor({ state: "detached" });
    assert.ok((await page.pdf()).length > 10_000);
    assert.ok(await page.locator("#explorer").isVisible());
    assert.deepEqual(complaints, []);
  },
);

Deno.test({
  name: needsBrowser("axe finds nothing against the menu of exports, an opened file and an exported page"),
  ignore,
}, async () => {
  const axe = await Deno.readTextFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
  await using service = await runService();
  async function assertFine(page: Page, what: string) {
    await page.evaluate(axe);
    const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ": " + html + " " + any[0]?.message)))`);
    assert.deepEqual(found, [], what);
    const [wide, width] = await page.evaluate<number[]>("[document.documentElement.scrollWidth, innerWidth]");
    assert.ok(wide! <= width!, `${what} is too wide`);
  }
  for (const colorScheme of ["light", "dark"] as const) {
    const width = colorScheme === "light" ? 1280 : 400;
    await using opened = await openPage(`${service.url}/${hash("grid")}`, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    const { page } = opened;
    await done(page);
    const button = page.getByRole("button", { name: "Export", exact: true });
    await button.press("Enter");
    await assertFine(page, `menu, ${colorScheme}`);
    const kept = await keepAs(page, "HTML");
    await button.press("Escape");
    assert.equal(await page.getByRole("list", { name: "Export" }).count(), 0);
    await reopen(page, kept.path);
    await assertFine(page, `opened file, ${colorScheme}`);
  }
});
