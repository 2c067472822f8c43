import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { cellsByName, type ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const PROMPT = "Tom and Lily went to the";
const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"];
const shown = ({ text, piece }: { text: string; piece: string }) => text === "" ? piece : text.replaceAll(" ", "·");
const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const linkTo = (url: string, members: Record<string, string>) =>
  `${url}/#${new URLSearchParams({ view: "compare", prompt: PROMPT, ...members })}`;
const cellOf = (page: Page, grid: string, position: number, layer: number | string) =>
  page.locator(`[id="${grid}-${position}-${layer}"]`);

/** Texts of a grid's cells by place. */
const textsOf = (page: Page, grid: string) =>
  page.locator(`.cell[id^="${grid}-"]`).evaluateAll((cells) =>
    Object.fromEntries(cells.map((cell) => [cell.id.split("-").slice(-2).join(" "), cell.textContent]))
  );

Deno.test({
  name: needsBrowser("two lenses beside each other: what the API says of both, and of how they differ"),
  ignore,
}, async () => {
  await using service = await runService();
  const options = { positions: "all", lenses: ["logit", "tuned"], against: "tuned", statistics: ["output_surprisal"] };
  const answer = await service.json<ProbeAnswer>("/probe", { prompt: PROMPT, ...options });
  await using opened = await openPage(linkTo(service.url, { cell: "3.2", zoom: "narrow" }), {
    viewport: { width: 1600, height: 1000 },
  });
  const { page, complaints } = opened;
  await done(page);

  for (const [at, lens] of ["logit", "tuned"].entries()) {
    const mine = answer.readouts.filter((cell) => cell.lens === lens);
    const output = answer.output.map(({ position, top: [first] }) => [`${position} output`, shown(first!)]);
    const expected = [
      ...mine.map(({ position, layer, top: [first] }) => [`${position} ${layer}`, shown(first!)]),
      ...output,
    ];
    assert.deepEqual(await textsOf(page, `cell-${at}`), Object.fromEntries(expected));
  }
  const logit = cellsByName(answer), tuned = cellsByName(answer, "tuned");
  let disagreed = 0;
  for (
    const { position, layer, top: [first], agrees_against } of answer.readouts.filter(({ lens }) => lens === "logit")
  ) {
    const [second] = tuned(position, "resid_post", layer).top;
    const text = await cellOf(page, "difference", position, layer).textContent();
    assert.equal(text, agrees_against ? "✓" : `${shown(first!)} | ${shown(second!)}`, `${position} ${layer}`);
    if (!agrees_against) disagreed++;
  }
  assert.ok(disagreed > 3 && disagreed < 40, `${disagreed} cells differ`);

  const detail = page.getByRole("complementary", { name: "Cell" });
  const assertDifference = async (name: string, value: number) => {
    await page.getByRole("combobox", { name: "Difference" }).selectOption(name);
    const line = detail.locator(`[data-difference="${name}"]`);
    await line.waitFor();
    const said = Number(await line.getAttribute("title"));
    assert.ok(Math.abs(said - value) < 1e-9, `${name} is ${said}, not ${value}`);
  };
  const one = logit(3, "resid_post", 2), other = tuned(3, "resid_post", 2);
  const chance = (cell: typeof one) => Math.exp(-(cell.output_surprisal as number));
  await assertDifference("output_prob", chance(one) - chance(other));
  await assertDifference("prob", one.top[0]!.prob - other.top[0]!.prob);
  await assertDifference("jsd_against", one.jsd_against as number);
  await assertDifference("kl_against_lens", one.kl_against_lens as number);
  for (const [name, cell] of [["logit lens", one], ["tuned lens", other]] as const) {
    const probs = await detail.getByRole("group", { name }).locator("td.bar").evaluateAll((cells) =>
      cells.map((cell) => cell.getAttribute("title"))
    );
    assert.deepEqual(probs, cell.top.map(({ prob }) => String(prob)));
  }
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("grids beside each other are pointed at, chosen in, scrolled and linked to as one"),
  ignore,
}, async () => {
  await using service = await runService();
  const prompt = "Tom and Lily went to the park. They saw a big dog and a small cat. ".repeat(2);
  await using opened = await openPage(linkTo(service.url, { prompt }));
  const { page, complaints } = opened;
  await done(page);
  const ringed = (kind: string) =>
    page.locator(`.ring.${kind}`).evaluateAll((rings) => rings.map(({ style }) => `${style.left} ${style.top}`));

  await cellOf(page, "cell-1", 2, 4).hover();
  const hovered = await ringed("hovered");
  assert.equal(hovered.length, 3);
  assert.equal(new Set(hovered).size, 1);
  await page.getByRole("heading", { name: "position 2" }).filter({ hasText: "layer 4" }).waitFor();

  await cellOf(page, "difference", 1, 6).click();
  await page.mouse.move(0, 0);
  assert.deepEqual(await ringed("hovered"), []);
  assert.equal((await ringed("active")).length, 3);
  const grids = page.getByRole("grid");
  await grids.nth(2).press("ArrowRight");
  await grids.nth(0).press("ArrowDown");
  assert.deepEqual(
    await grids.evaluateAll((grids) => grids.map((grid) => grid.getAttribute("aria-activedescendant"))),
    ["cell-0-2-5", "cell-1-2-5", "difference-2-5"],
  );

  await grids.nth(1).press("End");
  const places = () => grids.evaluateAll((grids) => grids.map(({ scrollLeft }) => scrollLeft));
  await page.waitForFunction(
    `new Set([...document.querySelectorAll('[role="grid"]')].map((grid) => grid.scrollLeft)).size === 1`,
  );
  assert.ok((await places())[0]! > 500, String(await places()));
  const active = await grids.nth(0).getAttribute("aria-activedescendant");
  for (const grid of ["cell-0", "cell-1", "difference"]) {
    const id = active!.replace("cell-0", grid);
    await page.locator(`[id="${id}"]`).waitFor();
    assert.ok(await page.locator(`[id="${id}"]`).isVisible());
  }

  await page.getByRole("combobox", { name: "Difference" }).selectOption("entropy");
  const legend = page.getByRole("region", { name: "logit lens less tuned lens" }).locator(".legend");
  const [low, high] = await legend.locator(".end").allTextContents();
  assert.equal(low, `-${high}`);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  await done(page);
  assert.equal(await page.getByRole("combobox", { name: "Difference" }).inputValue(), "entropy");
  assert.deepEqual(await legend.locator(".end").allTextContents(), [low, high]);
  assert.equal(await grids.nth(0).getAttribute("aria-activedescendant"), active);
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "sites beside each other, lenses that read nothing there, the same lens twice, and a lens that is missing",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(linkTo(service.url, { beside: "sites", lens: "jacobian", zoom: "narrow" }), {
    viewport: { width: 1600, height: 1000 },
  });
  const { page, complaints } = opened;
  await done(page);
  const body = { prompt: PROMPT, positions: "all", lenses: ["jacobian"], sites: SITES };
  const { readouts } = await service.json<ProbeAnswer>("/probe", body);
  for (const [at, site] of SITES.entries()) {
    const texts = Object.entries(await textsOf(page, `cell-${at}`)).filter(([place]) => !place.endsWith("output"));
    const expected = readouts.filter((cell) => cell.site === site).map(({ position, layer, top }) =>
      [`${position} ${layer}`, shown(top[0]!)] as const
    );
    assert.deepEqual(Object.fromEntries(texts.filter(([, text]) => text !== "")), Object.fromEntries(expected), site);
    assert.equal(texts.length, 7 * 8);
  }
  await page.getByText("The jacobian lens does not read resid_pre of layer 0.").waitFor();
  const { warnings } = readouts.find(({ site }) => site === "mlp_out")!;
  assert.ok((await page.getByRole("region", { name: "mlp_out" }).textContent())!.includes(warnings[0]!));

  await page.getByLabel("Side by side").selectOption("lenses");
  await done(page);
  await page.getByLabel("Against").selectOption("jacobian");
  await page.getByText("Both sides are the jacobian lens").waitFor();
  await done(page);
  assert.equal(await page.getByRole("grid").count(), 1);

  await page.goto("about:blank");
  await page.goto(linkTo(service.url, { against: "missing" }));
  await page.locator('[data-phase="refused"]').waitFor();
  assert.match((await page.locator("#against-fault").textContent())!, /there is no lens "missing"/);
  assert.deepEqual(complaints.filter((text) => !/status of 422/.test(text)), []);
});

Deno.test({
  name: needsBrowser("axe finds nothing against grids beside each other, light and dark, wide and narrow"),
  ignore,
}, async () => {
  await using service = await runService();
  for (const colorScheme of ["light", "dark"] as const) {
    const width = colorScheme === "light" ? 1280 : 400;
    await using opened = await openPage("about:blank", { colorScheme, viewport: { width, height: 800 } });
    const { page } = opened;
    for (const members of [{ cell: "3.2" }, { beside: "sites", lens: "tuned", zoom: "colour", cell: "1.output" }]) {
      await page.goto("about:blank");
      await page.goto(linkTo(service.url, members));
      await done(page);
      assert.deepEqual(await axeFindings(page), [], colorScheme);
      assert.ok(await page.evaluate<number>("document.documentElement.scrollWidth") <= width, "too wide");
    }
  }
});
