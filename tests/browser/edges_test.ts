import assert from "node:assert/strict";
import { addKey } from "../../lab/keys/key_file.ts";
import { runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

Deno.test({
  name: needsBrowser(
    "a browser that keeps nothing shows every view; nothing of a long prompt, a hint or a fault is cut",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage("about:blank", { viewport: { width: 400, height: 800 } });
  const { page, complaints } = opened;
  await page.addInitScript(`for (const name of ["sessionStorage", "localStorage"]) {
    Object.defineProperty(globalThis, name, { get() { throw new DOMException("denied", "SecurityError"); } });
  }`);
  const prompt = "Once upon a time, there was a little girl named Lily who went to the park with her friend Tom.";
  for (const view of ["grid", "compare", "compare&beside=sites", "follow", "last", "answer", "agreement"]) {
    await page.goto("about:blank");
    await page.goto(`${service.url}/#view=${view}&prompt=${encodeURIComponent(prompt)}`);
    await page.locator('[data-phase="done"]').waitFor();
    const cut = await page.evaluate<string[]>(`[...document.querySelectorAll("textarea, .hint, caption, .fault")]
      .filter((element) => element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1)
      .map(({ tagName, className, textContent }) => [tagName, className, textContent].join(" "))`);
    assert.deepEqual(cut, [], view);
    assert.ok(await page.evaluate<number>("document.documentElement.scrollWidth") <= 400, `${view} is too wide`);
    assert.deepEqual(await axeFindings(page), [], view);
  }
  assert.deepEqual(complaints, []);
  const top = (label: string) =>
    page.getByLabel(label, { exact: true }).evaluate((at) => at.getBoundingClientRect().top);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${service.url}/#view=grid&lens=missing`);
  await page.locator("#lens-fault").waitFor();
  assert.equal(await top("Site"), await top("Lens"), "what is said of the lens moves the other choices");
});

Deno.test({
  name: needsBrowser(
    "a ninth token that is followed takes no other's place, and a file dropped on no taker is no way off",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  const pins = "386.518.669.9.10.11.12.13";
  for (const view of ["grid", "compare"]) {
    await using opened = await openPage(`${service.url}/#view=${view}&cell=3.2&pins=${pins}`);
    const { page, complaints } = opened;
    await page.locator('[data-phase="done"]').waitFor();
    await page.locator("button.token").first().click();
    await page.getByText("8 tokens are followed").waitFor();
    assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("pins"), pins, view);
    for (const name of ["Lenses", "Jobs"]) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("heading", { name: name === "Jobs" ? "New job" : "New lens" }).waitFor();
      for (const type of ["dragover", "drop"]) {
        const stays = await page.evaluate<boolean>(`(() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["x"], "x.txt"));
          const event = new DragEvent("${type}", { dataTransfer, bubbles: true, cancelable: true });
          return !document.querySelector("h1").dispatchEvent(event);
        })()`);
        assert.ok(stays, `${type} on ${name}`);
      }
    }
    assert.deepEqual(complaints, []);
  }
});

Deno.test({
  name: needsBrowser("without a mouse: what is shown is kept by the menu, which has the focus until it is left"),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(service.url);
  const { page, complaints } = opened;
  await page.locator('[data-phase="done"]').waitFor();
  const focused = () => page.evaluate<string>("document.activeElement.textContent");
  await page.getByRole("button", { name: "Export" }).press("Enter");
  await page.getByRole("button", { name: "JSON", exact: true }).focus();
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  await download;
  await page.getByText("Kept as").waitFor();
  assert.equal(await focused(), "JSON");
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "Export");
  const badge = page.getByRole("button", { name: "self-check" });
  await badge.press("Enter");
  await page.getByRole("button", { name: /^self-check ✓/ }).waitFor();
  assert.match(await focused(), /^self-check ✓/);
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("what is said of a lens is changed, and who sees a lens or a job, as the API says it then"),
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { secret } = await addKey(`${folder}/keys.json`, { id: "ann", role: "upload" });
    await using service = await runService(["--keys", `${folder}/keys.json`, "--data", folder]);
    const headers = { authorization: `Bearer ${secret}` };
    const told = async <T>(path: string) => await (await fetch(`${service.url}${path}`, { headers })).json() as T;
    const body = await Deno.readFile(new URL("../../demo/lenses/jacobian.pt", import.meta.url));
    assert.equal((await fetch(`${service.url}/lenses/mine`, { method: "PUT", headers, body })).status, 201);

    await using opened = await openPage(`${service.url}/#page=lenses`);
    const { page, complaints } = opened;
    await page.getByLabel("Key").fill(secret);
    await page.getByLabel("Key").press("Enter");
    const card = page.locator('[data-lens="mine"]');
    await card.locator("summary").press("Enter");
    const markup = "<b>step</b> 250";
    await card.getByLabel("Note").fill(markup);
    await card.getByLabel("Note").press("Enter");
    await card.locator("p.note").waitFor();
    assert.equal(await card.locator("p.note").textContent(), markup);
    await card.getByLabel("others see it").press("Space");
    await card.getByText("nobody else sees it").waitFor();
    const { note, shared } = await told<{ note: string; shared: boolean }>("/lenses/mine");
    assert.deepEqual({ note, shared }, { note: markup, shared: false });
    assert.deepEqual(await axeFindings(page), []);

    await page.getByRole("button", { name: "Jobs" }).click();
    await page.getByLabel("Prompts", { exact: true }).fill("Tom");
    await page.getByRole("button", { name: "Make the job" }).click();
    const job = page.locator('section[data-state="succeeded"]');
    await job.waitFor();
    const path = `/jobs/${/&job=([\w-]+)\./.exec(page.url())![1]}`;
    const before = (await told<{ shared: boolean }>(path)).shared;
    const seen = job.getByLabel("others see it");
    assert.equal(await seen.isChecked(), before);
    const answered = page.waitForResponse((response) => response.request().method() === "PATCH");
    await seen.press("Space");
    await answered;
    assert.equal((await told<{ shared: boolean }>(path)).shared, !before);
    assert.deepEqual(complaints.filter((text) => !/status of 401/.test(text)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
