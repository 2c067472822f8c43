import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import type { ProbeAnswer, Readout, TokenScore } from "../service/answers.ts";
import { type RunningService, runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"];
const PROMPT = "Tom and Lily went to the";
const LINK = `view=follow&prompt=${encodeURIComponent(PROMPT)}`;
const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const shown = ({ text, piece }: { text: string; piece: string }) => text === "" ? piece : text.replaceAll(" ", "·");
const at = (answer: ProbeAnswer, lens: string, site: string) =>
  answer.readouts.filter((cell) => cell.lens === lens && cell.site === site);
const listed = (page: Page) => page.getByRole("list", { name: "Pinned tokens" }).getByRole("button");

/** Colours of the pins, as they are seen. */
function pinColours(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    "[...document.querySelectorAll('ul.pins .swatch')].map((swatch) => getComputedStyle(swatch).backgroundColor)",
  );
}

/** Rank and exact probability of each followed token, the last layer first, as the table has them. */
function numbers(page: Page) {
  return page.locator(".numbers tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("td")].map((cell) => [cell.textContent!.split(",")[0], cell.title]))
  );
}

const expectedNumbers = (cells: readonly Readout[]) =>
  cells.toReversed().map(({ tracked }) => tracked.map(({ rank, prob }) => [String(rank), String(prob)]));

/** Where a token becomes and stays the likeliest, in the words of the table. */
function leadText(ranks: readonly { layer: number; rank: number }[]): string {
  const becomes = ranks.find(({ rank }) => rank === 1)?.layer;
  if (becomes === undefined) return "never";
  let stays: number | undefined;
  for (const { layer, rank } of ranks.toReversed()) {
    if (rank !== 1) break;
    stays = layer;
  }
  if (stays === undefined) return `at ${becomes}, not at the end`;
  return stays === becomes ? `from ${stays} on` : `first at ${becomes}, from ${stays} on`;
}

async function found(service: RunningService, query: string) {
  const response = await fetch(`${service.url}/vocabulary?${query}`);
  return (await response.json() as { tokens: TokenScore[] }).tokens;
}

Deno.test({
  name: needsBrowser("Follow shows the likeliest tokens of the layers until one is chosen, by search or from the grid"),
  ignore,
}, async () => {
  await using service = await runService();
  const answer = await service.json<ProbeAnswer>("/probe", { prompt: PROMPT, top_k: 1 });
  const best = new Map<number, TokenScore>();
  for (const { top: [first] } of answer.readouts) {
    if (first!.prob > (best.get(first!.id)?.prob ?? 0)) best.set(first!.id, first!);
  }
  const leading = [...best.values()].sort((a, b) => b.prob - a.prob);
  const suggested = leading.slice(0, 4);
  await using opened = await openPage(`${service.url}/#${LINK}`);
  const { page, complaints } = opened;
  await done(page);

  const offered = page.getByRole("group", { name: "Suggested tokens" }).getByRole("button");
  await page.locator(".dashed .large .layer-chart.rank polyline").nth(suggested.length - 1).waitFor();
  assert.deepEqual((await offered.allTextContents()).slice(0, leading.length), leading.map(shown));
  assert.equal(await page.locator("button.suggested.shown").count(), suggested.length);
  const ids = suggested.map(({ id }) => id);
  const tracked = await service.json<ProbeAnswer>("/probe", { prompt: PROMPT, track_ids: ids, sites: SITES });
  const ranks = expectedNumbers(at(tracked, "logit", "resid_post"));
  await page.locator(`.numbers td[title="${ranks.at(-1)!.at(-1)![1]}"]`).waitFor();
  assert.deepEqual(await numbers(page), ranks);
  assert.ok(!page.url().includes("pins"), "what is suggested is not in the link");

  const search = page.getByRole("combobox", { name: "Find a token" });
  await search.fill("box");
  const options = page.getByRole("listbox", { name: "Tokens found" }).getByRole("option");
  await options.first().waitFor();
  const tokens = await found(service, "q=box&limit=20");
  assert.deepEqual(
    await options.evaluateAll((options) => options.map((option) => option.querySelector("code")!.textContent)),
    tokens.map(shown),
  );
  assert.deepEqual(await axeFindings(page), []);
  await search.press("Escape");
  assert.equal(await options.count(), 0);
  assert.equal(await search.inputValue(), "box");
  await search.press("ArrowDown");
  await search.press("ArrowDown");
  assert.equal(await page.locator('[role="option"][aria-selected="true"]').getAttribute("id"), "token-option-1");
  assert.equal(await search.getAttribute("aria-activedescendant"), "token-option-1");
  await search.press("ArrowUp");
  await search.press("Enter");
  await page.waitForURL(new RegExp(`pins=${tokens[0]!.id}$`));
  assert.deepEqual(await listed(page).allTextContents(), [`${shown(tokens[0]!)} ×`]);
  await search.fill("zzzzqqq");
  await page.getByText("No token has").waitFor();

  await page.goBack();
  await page.locator(".dashed").first().waitFor();
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await done(page);
  await page.locator('[data-position="6"][data-layer="7"]').click();
  await page.locator(".detail button.token").first().click();
  const pinned = at(answer, "logit", "resid_post").at(-1)!.top[0]!;
  await listed(page).filter({ hasText: shown(pinned) }).waitFor();
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "Follow's numbers, words and charts say of every lens and site what the API says, by pointer and keys",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  const lenses = ["logit", "jacobian", "tuned"];
  const tokens = [...await found(service, "q=a&match=exact"), ...await found(service, "ids=386,518")].slice(0, 4);
  const ids = tokens.map(({ id }) => id);
  const answer = await service.json<ProbeAnswer>("/probe", { prompt: PROMPT, sites: SITES, lenses, track_ids: ids });
  await using opened = await openPage(`${service.url}/#${LINK}&all=1&pins=${ids.join(".")}`);
  const { page, complaints } = opened;
  await page.locator("figure.small").nth(lenses.length * SITES.length - 1).waitFor();
  await done(page);
  await page.getByText("…", { exact: true }).first().waitFor({ state: "detached" });

  assert.deepEqual(await numbers(page), expectedNumbers(at(answer, "logit", "resid_post")));
  const words = await page.locator(".leads tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent))
  );
  const expectedWords = lenses.flatMap((lens) =>
    SITES.map((site) => [
      lens,
      site,
      ...ids.map((_, token) =>
        leadText(at(answer, lens, site).map(({ layer, tracked }) => ({ layer, rank: tracked[token]!.rank })))
      ),
    ])
  );
  assert.deepEqual(words.toSorted(), expectedWords.toSorted());

  const slider = page.getByRole("slider", { name: "Rank, logarithmic" });
  await slider.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  const second = at(answer, "logit", "resid_post")[1]!;
  const text = await slider.getAttribute("aria-valuetext");
  for (const { rank } of second.tracked) assert.match(text!, new RegExp(` rank ${rank}, `));
  assert.ok(text!.startsWith("layer 1; "));
  assert.equal(await page.locator(".values b").textContent(), "layer 1");
  await page.keyboard.press("Enter");
  await page.waitForURL(/cell=6\.1/);
  await done(page);

  const chart = page.locator("figure.small", { hasText: "tuned · mlp_out" }).locator("svg.rank");
  await chart.scrollIntoViewIfNeeded();
  const { width, height } = (await chart.boundingBox())!;
  await chart.hover({ position: { x: width - 8, y: height / 2 } });
  await page.locator(".values", { hasText: "tuned lens of mlp_out" }).waitFor();
  const last = at(answer, "tuned", "mlp_out").at(-1)!;
  assert.equal(await page.locator(".values b").textContent(), `layer ${last.layer}`);
  assert.deepEqual(
    await page.locator(".values span[title]").evaluateAll((spans) => spans.map((span) => span.getAttribute("title"))),
    last.tracked.map(({ prob }) => String(prob)),
  );
  await chart.click({ position: { x: width - 8, y: height / 2 } });
  await page.waitForURL(new RegExp(`cell=6\\.${last.layer}`));
  await page.getByRole("button", { name: "tuned · mlp_out" }).click();
  assert.deepEqual(await numbers(page), expectedNumbers(at(answer, "tuned", "mlp_out")));
  assert.equal(await page.locator("#site").inputValue(), "mlp_out");
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("Follow tells two tokens with the same text apart, and says when no more can be followed"),
  ignore,
}, async () => {
  await using service = await runService();
  const twins = (await found(service, "q=a&match=exact")).filter(({ text }) => text === "a");
  assert.ok(twins.length > 1, "the demo has the letter and its byte");
  const pins = [...new Set([...twins.map(({ id }) => id), 386, 518, 422, 397, 475, 403, 445])].slice(0, 8);
  await using opened = await openPage(`${service.url}/#${LINK}&pins=${pins.join(".")}`);
  const { page, complaints } = opened;
  await done(page);
  const labels = await listed(page).allTextContents();
  for (const { id, piece } of twins) assert.ok(labels.includes(`a (#${id}, ${piece}) ×`), String(labels));
  const colours = await pinColours(page);
  assert.equal(new Set(colours).size, 8);
  await page.getByText("8 tokens are followed").waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Find a token" }).count(), 0);

  // A pin keeps its colour when another goes.
  await listed(page).first().click();
  await page.getByRole("combobox", { name: "Find a token" }).waitFor();
  await done(page);
  const kept = await pinColours(page);
  assert.ok(kept.filter((colour, at) => colour === colours[at + 1]).length >= 6, String([colours, kept]));

  // Without an answer of the probe a link's pins are named by the vocabulary.
  await page.route("**/probe/stream", () => {});
  await page.goto("about:blank");
  await page.goto(`${service.url}/#${LINK}&pins=386`);
  const [token] = await found(service, "ids=386");
  await listed(page).filter({ hasText: shown(token!) }).waitFor();
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("Follow shows the tokens that a file follows, without ids and with what it says of them"),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#${LINK}`);
  const { page, complaints } = opened;
  await done(page);
  const file = {
    meta: { version: 2, timestamp: "2026-01-01T00:00:00Z", model: "another" },
    layers: [0, 4, 9],
    input: ["The", " fox"],
    tracked: [{ " a": [0.1, 0.2, 0.3] }, { " <b>jumps</b>": [0.25, 0.5, 0.75], " sat": [0.5, 0.125, 0] }],
    topk: [
      [[" a"], [" sat", " <b>jumps</b>"]],
      [[" a"], [" <b>jumps</b>", " x"]],
      [[" a"], [" <b>jumps</b>", " y"]],
    ],
  };
  await page.setInputFiles('input[aria-label="Files to open"]', {
    name: "lens.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(file)),
  });
  const heads = page.locator(".leads thead th");
  await heads.filter({ hasText: "jumps" }).waitFor();
  assert.deepEqual((await heads.allTextContents()).slice(2), ["·<b>jumps</b>", "·sat"]);
  assert.deepEqual(
    await page.locator(".numbers tbody tr").evaluateAll((rows) => rows.map((row) => row.textContent)),
    ["91, 75.0 %?, 0.00 %", "41, 50.0 %?, 12.5 %", "02, 25.0 %1, 50.0 %"],
  );
  assert.deepEqual(await page.locator(".leads tbody td").allTextContents(), ["from 4 on", "at 0, not at the end"]);
  assert.equal(await page.locator("figure.small").count(), 1);
  assert.equal(await page.locator("button.suggested:not(:disabled)").count(), 0);
  assert.equal(await page.getByRole("combobox", { name: "Find a token" }).count(), 0);
  assert.deepEqual(complaints, []);
});
