import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";
import { madeStream } from "./made_stream.ts";

const done = (page: Page) => page.locator('[data-phase="done"]').waitFor({ timeout: 60_000 });

/** Red, green, blue and alpha of what is drawn at a point of the window, below the elements; null: no tile is there. */
function drawnAt(page: Page, x: number, y: number): Promise<number[] | null> {
  return page.evaluate<number[] | null>(`{
    const inside = ({ left, right, top, bottom }) => left <= ${x} && ${x} < right && top <= ${y} && ${y} < bottom;
    const tile = [...document.querySelectorAll("canvas.tile")].find((tile) => inside(tile.getBoundingClientRect()));
    const { left, top } = tile?.getBoundingClientRect() ?? {};
    // A copy of the one point, so that the tile itself stays where it is drawn.
    const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    if (tile) copy.drawImage(tile, ${x} - left, ${y} - top, 1, 1, 0, 0, 1, 1);
    tile ? [...copy.getImageData(0, 0, 1, 1).data] : null;
  }`);
}

Deno.test({
  name: needsBrowser(
    "the grid marks followed tokens, has three sizes of cells, and is walked where layers are left out",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  const prompt = "Tom and Lily went to the";
  const answer = await service.json<ProbeAnswer>("/probe", { prompt, positions: "all" });
  const pin = answer.output.at(-1)!.top[0]!.id;
  const link = new URLSearchParams({ prompt, pins: String(pin), stride: "4", cell: "6.3" });
  await using opened = await openPage(`${service.url}/#${link}`);
  const { page, complaints } = opened;
  await done(page);

  const marked = await page.locator(".cell[data-pin]").evaluateAll((cells) =>
    cells.map(({ id }) => id.replace("cell-", "").replace("-", " "))
  );
  const expected = [...answer.output.map((cell) => ({ ...cell, layer: "output" })), ...answer.readouts]
    .filter(({ layer, top }) => top[0]!.id === pin && (layer === "output" || [7, 3].includes(Number(layer))));
  assert.deepEqual(marked.sort(), expected.map(({ position, layer }) => `${position} ${layer}`).sort());
  const { x, y, width } = (await page.locator('[data-position="6"][data-layer="output"]').boundingBox())!;
  const colour = await page.evaluate<string>(`{
    const mark = document.createElement("i");
    mark.className = "pin-${pin % 8}";
    document.body.append(mark);
    getComputedStyle(mark).color;
  }`);
  assert.deepEqual(
    (await drawnAt(page, Math.round(x + width) - 3, Math.round(y) + 2))!.slice(0, 3),
    colour.match(/\d+/g)!.map(Number),
  );

  const grid = page.getByRole("grid");
  assert.equal(await grid.getAttribute("aria-rowcount"), "4");
  const walked: (string | null)[] = [];
  for (const key of ["ArrowUp", "ArrowUp", "ArrowDown", "ArrowLeft"]) {
    await grid.press(key);
    walked.push(await grid.getAttribute("aria-activedescendant"));
  }
  assert.deepEqual(walked, ["cell-6-7", "cell-6-output", "cell-6-7", "cell-5-7"]);
  await page.getByLabel("Layers", { exact: true }).selectOption("8");
  assert.equal(await page.locator(`[id="cell-5-7"][aria-selected="true"]`).count(), 1);

  for (const [zoom, cellWidth] of [["narrow", 46], ["colour", 6], ["text", 84]] as const) {
    await page.getByLabel("Cells").selectOption(zoom);
    const cell = page.locator('[data-position="3"][data-layer="7"]');
    assert.equal((await cell.boundingBox())!.width, cellWidth);
    await cell.hover();
    await page.getByRole("heading", { name: "position 3" }).filter({ hasText: "layer 7" }).waitFor();
    assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("zoom") ?? "text", zoom);
  }
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "a picture of a thousand positions has no more elements than what is in sight, wherever it is scrolled",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage("about:blank");
  const { page, complaints } = opened;
  await page.addInitScript(madeStream({ tokens: 1000, layers: 32, top: 2 }));
  await page.goto(service.url);
  await done(page);
  const grid = page.getByRole("grid");
  const count = (of: string) => grid.locator(of).count();
  const middle = async () => {
    const { x, y, width, height } = (await grid.boundingBox())!;
    return [Math.round(x + width / 2), Math.round(y + height / 2)] as const;
  };
  for (const zoom of ["text", "narrow", "colour"]) {
    await page.getByLabel("Cells").selectOption(zoom);
    for (const part of [0, 0.5, 1]) {
      await grid.evaluate((grid, part) => grid.scrollLeft = part * (grid.scrollWidth - grid.clientWidth), part);
      const shown = part === 0 ? 2 : part === 1 && zoom !== "colour" ? 999 : null;
      if (shown !== null) await page.locator(`[data-position="${shown}"][data-layer="20"]`).waitFor();
      assert.ok(await count("canvas") <= 12, `${zoom}: ${await count("canvas")} tiles`);
      assert.ok(await count("*") < 1300, `${zoom}: ${await count("*")} elements`);
      assert.equal((await drawnAt(page, ...await middle()))?.[3], 255, `${zoom}: nothing is drawn at ${part}`);
    }
  }

  await page.getByLabel("Cells").selectOption("text");
  await grid.press("Home");
  await grid.press("End");
  assert.equal(await grid.getAttribute("aria-activedescendant"), "cell-999-output");
  await grid.evaluate((grid) => grid.scrollLeft = 0);
  await page.locator('[data-position="2"][data-layer="20"]').waitFor();
  assert.equal(await page.locator('[id="cell-999-output"]').count(), 1, "the active cell stays an element");
  assert.equal(await page.locator('[data-position="990"]').count(), 0);
  assert.deepEqual(complaints, []);
});
