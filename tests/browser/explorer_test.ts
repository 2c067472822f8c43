import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { addKey } from "../../lab/keys/key_file.ts";
import type { ProbeAnswer, Readout } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const shown = (text: string, piece: string) => text === "" ? piece : text.replaceAll(" ", "·");
const done = (page: Page) => page.locator('[data-phase="done"]').waitFor();
const cellAt = (page: Page, position: number, layer: number | string) =>
  page.locator(`[data-position="${position}"][data-layer="${layer}"]`);

/** Types a prompt, sends it by Enter and waits for its picture. */
async function askFor(page: Page, prompt: string, rows: number) {
  await page.getByLabel("Prompt").fill(prompt);
  await page.getByLabel("Prompt").press("Enter");
  await page.getByText(`${rows} of ${rows} rows`).waitFor();
  await done(page);
}

/** The detail panel says of a cell exactly what the answer says. */
async function assertDetail(page: Page, { top, layer, position, entropy, kl_output_lens, output_rank }: Readout) {
  const detail = page.getByRole("complementary", { name: "Cell" });
  await detail.getByRole("heading", { name: `position ${position}` }).filter({ hasText: `layer ${layer}` }).waitFor();
  const rows = await detail.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => {
      const [prob, logprob, id, piece] = row.querySelectorAll("td");
      return [prob!.title, logprob!.title, id!.textContent, piece!.textContent];
    })
  );
  assert.deepEqual(rows, top.map(({ prob, logprob, id, piece }) => [`${prob}`, `${logprob}`, `${id}`, piece]));
  for (const [name, value] of Object.entries({ entropy, kl_output_lens, output_rank })) {
    assert.equal(await detail.locator(`[data-statistic="${name}"] dd`).getAttribute("title"), String(value), name);
  }
}

Deno.test({
  name: needsBrowser("the explorer shows what the API answers: typed, streamed, by keyboard, by link and back"),
  ignore,
}, async () => {
  await using service = await runService();
  const prompt = "Tom and Lily went to the";
  const answer = await service.json<ProbeAnswer>("/probe", { prompt, positions: "all" });
  await using opened = await openPage(service.url);
  const { page, complaints, requested } = opened;
  await done(page);

  await askFor(page, prompt, answer.readouts.length);
  for (const { position, layer, top: [first] } of answer.readouts) {
    assert.equal(await cellAt(page, position, layer).textContent(), shown(first!.text, first!.piece));
  }
  for (const { position, top: [first] } of answer.output) {
    assert.equal(await cellAt(page, position, "output").textContent(), shown(first!.text, first!.piece));
  }
  const at = (position: number, layer: number) =>
    answer.readouts.find((cell) => cell.position === position && cell.layer === layer)!;
  await cellAt(page, 2, 3).hover();
  await assertDetail(page, at(2, 3));
  await cellAt(page, 4, 6).click();
  await page.mouse.move(0, 0);
  await assertDetail(page, at(4, 6));

  await page.getByRole("grid").press("ArrowDown");
  await page.getByRole("grid").press("ArrowRight");
  await assertDetail(page, at(5, 5));
  assert.equal(await page.getByRole("grid").getAttribute("aria-activedescendant"), "cell-5-5");

  const link = page.url();
  await page.getByLabel("Lens").selectOption("tuned");
  await done(page);
  const tuned = await service.json<ProbeAnswer>("/probe", { prompt, positions: [5], layers: [5], lenses: ["tuned"] });
  await page.getByText("tuned lens of resid_post").waitFor();
  await page.locator(`.detail td.bar[title="${tuned.readouts[0]!.top[0]!.prob}"]`).waitFor();
  await page.goBack();
  await page.getByText("logit lens of resid_post").waitFor();
  await done(page);
  assert.equal(page.url(), link);
  assert.equal(await page.getByLabel("Lens").inputValue(), "logit");

  await page.goto("about:blank");
  await page.goto(link);
  await done(page);
  assert.equal(await page.getByLabel("Prompt").inputValue(), prompt);
  await assertDetail(page, at(5, 5));

  assert.deepEqual(complaints, []);
  for (const url of requested.filter((url) => url !== "about:blank")) assert.ok(url.startsWith(`${service.url}/`), url);
});

Deno.test({
  name: needsBrowser("the explorer says what a refusal says, asks again when the service was away, and runs no token"),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#lens=missing`);
  const { page, complaints } = opened;
  await page.locator('[data-phase="refused"]').waitFor();
  const refused = await (await service.post("/probe", { prompt: "x", lenses: ["missing"] })).json() as {
    detail: string;
    errors: { detail: string }[];
  };
  assert.equal(await page.locator("#lens-fault").textContent(), refused.errors[0]!.detail);
  assert.equal(await page.getByLabel("Lens").getAttribute("aria-describedby"), "lens-fault");
  assert.ok((await page.getByRole("status").textContent())!.endsWith(refused.detail));
  await page.getByLabel("Lens").selectOption("logit");
  await done(page);
  assert.equal(await page.locator("#lens-fault").count(), 0);

  await page.route("**/probe/stream", (route) => route.abort());
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator('[data-phase="waiting"]').waitFor();
  await page.unroute("**/probe/stream");
  await done(page);
  await page.route("**/probe/stream", () => {});
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator('[data-phase="stopped"]').waitFor();
  await page.unroute("**/probe/stream");

  const markup = "<img src=x onerror=document.title='run'>";
  await page.route("**/probe/stream", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replaceAll(
      /"(text|piece)":"[^"]*"/g,
      (_, member) => `"${member}":"${markup}"`,
    );
    await route.fulfill({ response, body });
  });
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator(".cell", { hasText: "<img·src=x" }).first().waitFor();
  await cellAt(page, 1, 1).click();
  assert.equal(await page.locator("#explorer img").count(), 0);
  assert.equal(await page.title(), "Midstream");
  assert.deepEqual(complaints.filter((text) => !/status of 422|ERR_FAILED/.test(text)), []);
});

Deno.test({
  name: needsBrowser("the explorer of a service with keys asks for one, keeps it for the session, and can forget it"),
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { secret } = await addKey(`${folder}/keys.json`, { id: "reader", role: "read" });
    await using service = await runService(["--keys", `${folder}/keys.json`]);
    await using opened = await openPage(service.url);
    const { page, complaints } = opened;
    const stored = () => page.evaluate<string[]>("[...Object.values(sessionStorage), ...Object.values(localStorage)]");

    await page.locator('[data-phase="refused"]').waitFor();
    await page.getByLabel("Key").fill("midstream_wrong");
    await page.getByRole("button", { name: "Use" }).click();
    await page.getByText("A key is in use").waitFor();
    await page.locator('[data-phase="refused"]').waitFor();
    await page.getByLabel("Key").fill(secret);
    await page.getByLabel("Key").press("Enter");
    await done(page);
    await page.getByText("midstream-demo").waitFor();
    assert.deepEqual(await stored(), [secret]);
    assert.ok(!page.url().includes(secret));
    await page.reload();
    await done(page);

    await page.getByRole("button", { name: "Forget" }).click();
    await page.locator('[data-phase="refused"]').waitFor();
    assert.deepEqual(await stored(), []);
    assert.deepEqual(complaints.filter((text) => !/status of 401/.test(text)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: needsBrowser("axe finds nothing against the explorer's views, light and dark, wide and narrow"),
  ignore,
}, async () => {
  const axe = await Deno.readTextFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
  await using service = await runService();
  for (const colorScheme of ["light", "dark"] as const) {
    const width = colorScheme === "light" ? 1280 : 400;
    await using opened = await openPage(service.url, { colorScheme, viewport: { width, height: 800 } });
    const { page } = opened;
    for (const view of ["view=grid&cell=11.5", "view=last", "view=follow&pins=386.518", "lens=missing"]) {
      await page.goto("about:blank");
      await page.goto(`${service.url}/#${view}`);
      await page.locator(view === "lens=missing" ? '[data-phase="refused"]' : '[data-phase="done"]').waitFor();
      await page.evaluate(axe);
      const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ": " + html + " " + any[0]?.message)))`);
      assert.deepEqual(found, [], `${view}, ${colorScheme}`);
      assert.ok(await page.evaluate<number>("document.documentElement.scrollWidth") <= width, `${view} is too wide`);
      if (view.includes("cell=11")) {
        assert.ok(await cellAt(page, 11, 5).isVisible(), "the cell of the link is in sight");
      }
    }
  }
});

Deno.test({
  name: needsBrowser("the explorer waits for a service that stops, and goes on when it is there again"),
  ignore,
}, async () => {
  const first = await runService();
  const { port } = new URL(first.url);
  let stopped = false;
  try {
    await using opened = await openPage(first.url);
    const { page } = opened;
    await done(page);
    await first[Symbol.asyncDispose]();
    stopped = true;
    await page.getByLabel("Prompt").fill("Tom and Lily");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText("The service is not reached").waitFor();
    await using second = await runService(["--port", port]);
    assert.equal(second.url, first.url);
    await done(page);
    const { readouts } = await second.json<ProbeAnswer>("/probe", { prompt: "Tom and Lily", positions: "all" });
    await page.getByText(`${readouts.length} of ${readouts.length} rows`).waitFor();
    const { position, layer, top: [likeliest] } = readouts.at(-1)!;
    assert.equal(await cellAt(page, position, layer).textContent(), shown(likeliest!.text, likeliest!.piece));
  } finally {
    if (!stopped) await first[Symbol.asyncDispose]();
  }
});
