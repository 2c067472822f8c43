import assert from "node:assert/strict";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

Deno.test({
  name: needsBrowser("the Agreement view counts, layer by layer, where the API says that a lens agrees with the model"),
  ignore,
}, async () => {
  await using service = await runService();
  const prompt = "Tom and Lily went to the";
  const options = { lenses: ["tuned"], positions: "all", statistics: ["agrees"] };
  const { tokens, readouts } = await service.json<ProbeAnswer>("/probe", { prompt, ...options });
  const link = new URLSearchParams({ view: "agreement", prompt, lens: "tuned" });
  await using opened = await openPage(`${service.url}/#${link}`);
  const { page, complaints } = opened;
  await page.locator('[data-phase="done"]').waitFor();
  const shown = await page.getByRole("table", { name: "tuned lens of resid_post" }).locator("tbody tr").evaluateAll((
    rows,
  ) => rows.map((row) => [row.querySelector("th")!.textContent, row.querySelector("td")!.textContent]));
  const layers = [...new Set(readouts.map(({ layer }) => layer))].toReversed();
  assert.deepEqual(
    shown.map(([layer, text]) => [Number(layer), Number(/\((\d+) of/.exec(text!)![1])]),
    layers.map((layer) => [layer, readouts.filter((cell) => cell.layer === layer && cell.agrees).length]),
  );
  assert.ok(shown.every(([, text]) => text!.endsWith(`of ${tokens.length})`)));
  assert.deepEqual(complaints, []);
});
