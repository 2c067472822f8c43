import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { LOGITLENS_V2, NNSIGHTFUL, SEED_TEXT, sliceFiles } from "../../web/formats/testing/small_files.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";
import { gridTexts } from "./kept_file.ts";

const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const bar = (page: Page) => page.getByRole("region", { name: "Opened file" });

async function open(page: Page, name: string, content: string) {
  await page.getByLabel("Files to open").setInputFiles({ name, mimeType: "", buffer: Buffer.from(content) });
}

/** Holds a file over the page, or lets it fall. */
async function drag(page: Page, kind: "dragover" | "dragleave" | "drop", name: string, content: string) {
  await page.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
    document.body.dispatchEvent(new DragEvent("${kind}", { dataTransfer, bubbles: true, cancelable: true }));
  })()`);
}

Deno.test({
  name: needsBrowser(
    "files of other tools are shown in place of the answers, sent nowhere, and say what they do not say",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#view=grid&lens=tuned`);
  const { page, complaints, requested } = opened;
  await done(page);
  const link = page.url(), live = await gridTexts(page), before = requested.length;

  await open(page, "lens.json", JSON.stringify(LOGITLENS_V2));
  await bar(page).waitFor();
  const said = (await bar(page).textContent())!;
  for (const words of ["lens.json", "logitlenskit", "model test-model"]) assert.ok(said.includes(words), words);
  assert.match(said, /the file has no ids/);
  const texts: Record<string, string> = {};
  LOGITLENS_V2.topk.forEach((row, at) =>
    row.forEach(([first], position) => texts[`${position} ${LOGITLENS_V2.layers[at]}`] = first!.replaceAll(" ", "·"))
  );
  const grid = await gridTexts(page);
  for (const [place, text] of Object.entries(texts)) assert.equal(grid[place], text, place);
  await page.getByRole("grid").press("End");
  await page.getByRole("grid").press("ArrowDown");
  const detail = page.getByRole("complementary", { name: "Cell" });
  await detail.getByText("layer 4").waitFor();
  assert.match((await detail.textContent())!, /·jumps90\.0 %/);
  assert.match((await detail.textContent())!, /·sat/);

  const main = page.getByRole("main");
  await page.getByRole("button", { name: "Agreement" }).click();
  assert.match((await main.textContent())!, /needs agrees of its cells. This file has the logit lens of resid_post/);
  await page.getByRole("button", { name: "Compare" }).click();
  assert.match(
    (await main.textContent())!,
    /shows the logit and tuned lens of resid_post. This file has the logit lens/,
  );
  await page.getByRole("button", { name: "Answer" }).click();
  assert.match((await main.textContent())!, /does not say what the model itself says/);

  await open(page, "nn.json", JSON.stringify(NNSIGHTFUL));
  await bar(page).getByText("nn.json").waitFor();
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await page.getByLabel("Colour").selectOption("entropy");
  await page.locator(".legend", { hasText: "nats" }).waitFor();
  assert.deepEqual(
    await page.getByLabel("Colour").locator("option").evaluateAll((all) => all.map((one) => one.textContent)),
    ["probability of the likeliest token", "entropy"],
  );

  await page.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Prompt").waitFor();
  assert.equal(page.url(), link, "a file is in no link");
  const again = await gridTexts(page);
  for (const [place, text] of Object.entries(live)) assert.equal(again[place], text, place);
  assert.deepEqual(requested.slice(before), [], "nothing was asked of anybody");
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "files are dropped anywhere, a file's prompts are picked, and what cannot be read is told beside the button",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#view=last`);
  const { page, complaints } = opened;
  await done(page);
  await drag(page, "dragover", "a.csv", "");
  await page.locator(".drop-here").waitFor();
  await drag(page, "dragleave", "a.csv", "");
  await page.locator(".drop-here").waitFor({ state: "detached" });

  await drag(page, "drop", "seed.csv", SEED_TEXT);
  await bar(page).getByText("seed.csv").waitFor();
  const cells = page.locator(".ranks").first().locator("td");
  const text = () => cells.evaluateAll((cells) => cells.map((cell) => cell.textContent).filter((text) => text !== ""));
  assert.deepEqual(await text(), ["x1.00 %", "y1.00 %", "the12.0 %", "⏎0.0700 %"]);
  await bar(page).getByLabel("Prompt").selectOption("1");
  assert.deepEqual(await text(), ["b0.100 %", "c0.0500 %"]);

  const wrong = [
    ["page.html", "<!doctype html><title>x</title>", /an HTML page, but none that was exported here/],
    ["cut.json", '{"readouts": [', /no JSON: it breaks off at line 1, column 15/],
    ["empty.csv", "", /the file is empty/],
  ] as const;
  for (const [name, content, words] of wrong) {
    await open(page, name, content);
    const fault = page.locator("#open-fault").filter({ hasText: words });
    await fault.waitFor();
    assert.equal(
      await page.getByRole("button", { name: "Open a file" }).getAttribute("aria-describedby"),
      "open-fault",
    );
    assert.ok(await bar(page).isVisible(), "the file before it stays");
  }
  await drag(page, "drop", "seed.csv", SEED_TEXT);
  await page.locator("#open-fault").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Close" }).click();
  await done(page);
  assert.deepEqual(complaints, []);
});

Deno.test(
  { name: needsBrowser("a folder's files are one picture, and a token that is markup is text"), ignore },
  async () => {
    await using service = await runService();
    await using opened = await openPage(`${service.url}/#view=grid`);
    const { page, complaints } = opened;
    await done(page);
    const files = await sliceFiles("");
    await page.getByLabel("Files to open").setInputFiles(
      files.map(({ name, bytes }) => ({ name: name.split("/").at(-1)!, mimeType: "", buffer: Buffer.from(bytes) })),
    );
    await bar(page).getByText(`${files.length} files`).waitFor();
    await page.locator('[data-position="1"][data-layer="5"]', { hasText: "seven" }).waitFor();

    const markup = "<img src=x onerror=document.title='run'>";
    const file = structuredClone(LOGITLENS_V2);
    file.meta.model = file.input[0] = file.topk[0]![0]![0] = markup;
    await open(page, `${markup.slice(1, 8)}.json`, JSON.stringify(file));
    await page.locator('[data-position="0"][data-layer="0"]', { hasText: "<img·src=x" }).waitFor();
    assert.equal(await page.locator("#explorer img").count(), 0);
    assert.equal(await page.title(), "Midstream");
    assert.deepEqual(complaints, []);
  },
);
