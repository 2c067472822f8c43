import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const SITES = ["attn_out", "resid_mid", "mlp_out", "resid_post"];
const PROMPT = "Tom and Lily went to the";
const LINK = `view=last&prompt=${encodeURIComponent(PROMPT)}`;
const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const shown = ({ text, piece }: { text: string; piece: string }) =>
  /^\p{Cc}*$/u.test(text) ? piece : text.replaceAll(" ", "·");
const table = (page: Page, site: string) => page.getByRole("grid", { name: `logit lens of ${site}`, exact: true });
const cell = (page: Page, site: string, layer: number, rank: number) => page.locator(`#rank-${site}-${layer}-${rank}`);

/** All components on the screen are those of the API. */
async function assertTables(page: Page, answer: ProbeAnswer) {
  for (const site of SITES) {
    const rows = await table(page, site).locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll("td")].map((cell) => [cell.querySelector("span")!.textContent, cell.title])
      )
    );
    const expected = answer.readouts.filter((cell) => cell.site === site).toReversed();
    assert.deepEqual(rows, expected.map(({ top }) => top.map((token) => [shown(token), String(token.prob)])), site);
  }
}

Deno.test({
  name: needsBrowser("the last position has four components with percent and exact numbers, and pins by click and key"),
  ignore,
}, async () => {
  await using service = await runService();
  const answer = await service.json<ProbeAnswer>("/probe", { prompt: PROMPT, sites: SITES });
  await using opened = await openPage(`${service.url}/#${LINK}`);
  const { page, complaints } = opened;
  await done(page);
  await assertTables(page, answer);

  const at = (site: string, layer: number) =>
    answer.readouts.find((cell) => cell.site === site && cell.layer === layer)!.top;
  const first = at("resid_post", 7)[0]!, second = at("mlp_out", 6)[1]!;
  const percent = (first.prob * 100).toPrecision(3);
  assert.equal(await cell(page, "resid_post", 7, 1).locator("small").textContent(), `${percent} %`);
  await cell(page, "resid_post", 7, 1).hover();
  await page.locator(".values", { hasText: `(${first.prob})` }).waitFor();
  await page.locator(".values", { hasText: `id ${first.id}, piece ${first.piece}` }).waitFor();
  await page.locator(".legend .mark").waitFor();

  await cell(page, "resid_post", 7, 1).click();
  await page.waitForURL(new RegExp(`pins=${first.id}$`));
  const pinned = answer.readouts.flatMap(({ top }) => top).filter(({ id }) => id === first.id).length;
  assert.equal(await page.locator(".pin-mark").count(), pinned);
  await page.mouse.move(0, 0);
  await table(page, "mlp_out").focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  assert.equal(await table(page, "mlp_out").getAttribute("aria-activedescendant"), "rank-mlp_out-6-2");
  await page.locator(".values", { hasText: `(${second.prob})` }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`pins=${first.id}.${second.id}$`));
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`pins=${first.id}$`));

  const painted = () => cell(page, "resid_post", 7, 1).evaluate((cell) => cell.style.backgroundColor);
  assert.match(await painted(), /^rgb/);
  await page.getByLabel("colour").uncheck();
  assert.equal(await painted(), "");
  assert.equal(await page.locator(".legend").count(), 0);
  assert.match(page.url(), /plain=1/);

  await page.getByRole("button", { name: "Follow through the layers" }).click();
  await page.getByRole("list", { name: "Pinned tokens" }).getByText(shown(first)).waitFor();
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "prompts go by one after another: of the set that is there, pasted, dropped, kept by the tab alone",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#view=last`);
  const { page, complaints, requested } = opened;
  await done(page);
  const prompt = () => page.getByLabel("Prompt", { exact: true }).inputValue();
  const question = page.locator("#question-of-set");
  assert.equal(await question.inputValue(), "0");
  assert.equal(await page.getByRole("button", { name: "Previous" }).isDisabled(), true);
  await page.getByRole("button", { name: "Next" }).click();
  await done(page);
  const second = "Tom and Lily went to the park. They saw a big";
  assert.equal(await prompt(), second);
  await page.locator(
    `td[title="${(await service.json<ProbeAnswer>("/probe", { prompt: second })).readouts.at(-1)!.top[0]!.prob}"]`,
  ).first().waitFor();
  await page.goBack();
  await page.waitForFunction("document.querySelector('#question-of-set').value === '0'");
  assert.equal(await prompt(), "Once upon a time, there was a little girl named");

  await page.getByText("Add a set").click();
  await page.getByLabel("Prompts: one a line").fill("The dog\n\nThe cat\nThe dog\n");
  await page.getByRole("button", { name: "Use this text" }).click();
  await page.getByText("Pasted 1: 2 prompts, 1 left out").waitFor();
  assert.equal(await prompt(), "The dog");
  await page.setInputFiles("#set-file", {
    name: "mine.csv",
    mimeType: "text/csv",
    buffer: Buffer.from('id,prompt\n1,"A bird, <b>red</b>"\n2,A fish\n'),
  });
  await page.getByText("mine.csv: 2 prompts").waitFor();
  await done(page);
  assert.deepEqual(await axeFindings(page), []);
  assert.equal(await prompt(), "A bird, <b>red</b>");
  await page.setInputFiles("#set-file", {
    name: "x.json",
    mimeType: "",
    buffer: Buffer.from("[1]"),
  });
  await page.getByText("x.json: value 1 is neither").waitFor();
  await page.evaluate(`{
    const data = new DataTransfer();
    data.items.add(new File(["One\\nTwo"], "two.txt"));
    const send = (to, type) =>
      to.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    send(document.body, "dragover");
    send(document.querySelector(".add-set"), "dragover");
    send(document.querySelector(".add-set"), "drop");
  }`);
  await page.getByText("two.txt: 2 prompts").waitFor();
  assert.equal(await page.locator(".drop-here").count(), 0, "the page leaves it to the set");
  await page.getByRole("button", { name: "Open a file" }).waitFor();
  await page.getByLabel("Set", { exact: true }).selectOption("mine.csv");
  await question.selectOption("1");
  assert.equal(await prompt(), "A fish");
  assert.equal(await page.getByRole("button", { name: "Next" }).isDisabled(), true);
  await done(page);

  await page.reload();
  await done(page);
  assert.equal(await page.getByLabel("Set", { exact: true }).inputValue(), "mine.csv");
  assert.equal(await question.inputValue(), "1");
  assert.ok(!page.url().includes("mine.csv"));
  await page.getByRole("button", { name: "Remove the set" }).click();
  const sets = await page.getByLabel("Set", { exact: true }).locator("option").allTextContents();
  assert.deepEqual(sets, ["Short stories", "Pasted 1", "two.txt"]);
  for (const url of requested) assert.ok(url.startsWith(`${service.url}/`), url);
  assert.deepEqual(complaints, []);
});
