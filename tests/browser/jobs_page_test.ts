import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { addKey } from "../../lab/keys/key_file.ts";
import type { ProbeAnswer } from "../service/answers.ts";
import { type RunningService, runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const COMPONENTS = ["attn_out", "resid_mid", "mlp_out", "resid_post"];

const shown = (text: string, piece: string) => /^\p{Cc}*$/u.test(text) ? piece : text.replaceAll(" ", "·");
const formOf = (page: Page) => page.getByRole("form", { name: "New job" });
const jobOf = (page: Page) => page.getByRole("region", { name: "The job" });
const ended = (page: Page, state = "succeeded") => page.locator(`section[data-state="${state}"]`).waitFor();
const make = (page: Page) => formOf(page).getByRole("button", { name: "Make the job" }).click();

/** The job of the link. */
const idOf = (page: Page) => /&job=([\w-]+)\./.exec(page.url())![1]!;

interface Item {
  readonly index: number;
  readonly response?: ProbeAnswer;
  readonly problem?: { readonly title: string; readonly detail: string };
}

async function resultOf({ url }: Pick<RunningService, "url">, id: string): Promise<Item[]> {
  const text = await (await fetch(`${url}/jobs/${id}/result`)).text();
  return text.trimEnd().split("\n").map((line) => JSON.parse(line) as Item);
}

/** The tables of the last position say of a site what an answer says. */
async function assertRanks(page: Page, { readouts }: ProbeAnswer) {
  for (const site of COMPONENTS) {
    const table = page.getByRole("table", { name: `logit lens of ${site}`, exact: true })
      .or(page.getByRole("grid", { name: `logit lens of ${site}`, exact: true }));
    // The table of the prompt before may still be going away.
    await table.locator("tbody tr").first().waitFor();
    const tokens = await table.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("td, [role=gridcell]")].map((cell) => cell.firstChild!.textContent))
    );
    const cells = readouts.filter((cell) => cell.site === site).toReversed();
    assert.deepEqual(tokens, cells.map(({ top }) => top.map(({ text, piece }) => shown(text, piece))), site);
  }
}

Deno.test({
  name: needsBrowser(
    "a job of a template is made, followed to its end, looked at prompt by prompt, downloaded and deleted",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#page=jobs`);
  const { page, complaints } = opened;
  const form = formOf(page);
  await page.getByText("No job yet.").waitFor();
  await form.getByRole("radio", { name: "a template and its values" }).check();
  await form.getByLabel("Template, with names").fill("Once upon a time, there was a {who} named");
  await form.getByLabel("Values: a table").fill('who,age\nlittle girl,3\n"cat, small",4\n');
  await form.getByText("2 prompts; not in the template: age").waitFor();
  assert.deepEqual(await form.getByRole("list", { name: "The first prompts" }).locator("code").allTextContents(), [
    "Once upon a time, there was a little girl named",
    "Once upon a time, there was a cat, small named",
  ]);
  await form.getByRole("button", { name: "Estimate" }).click();
  await form.getByText("The first prompt: 12 tokens, 32 cells").waitFor();
  // What is made up stays when another page is looked at.
  await page.getByRole("button", { name: "Lenses" }).click();
  await page.getByText("Built in.").waitFor();
  await page.goBack();
  await make(page);
  await ended(page);
  await jobOf(page).getByText("Done: 2 of 2 prompts").waitFor();
  assert.equal(await jobOf(page).getByRole("progressbar").getAttribute("value"), "2");
  assert.match(await page.evaluate<string>("document.activeElement.textContent"), new RegExp(idOf(page)));

  const items = await resultOf(service, idOf(page));
  await jobOf(page).getByRole("button", { name: "there was a cat, small named" }).click();
  await page.getByText("Prompt 1 of 0 to 1").waitFor();
  await page.getByText("logit lens of attn_out").first().waitFor();
  await assertRanks(page, items[1]!.response!);
  await page.getByRole("button", { name: "Previous" }).click();
  await page.getByText("Prompt 0 of 0 to 1").waitFor();
  await assertRanks(page, items[0]!.response!);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByText("logit lens of attn_out").first().waitFor();
  await assertRanks(page, items[0]!.response!);
  await page.getByRole("button", { name: "Back to the job" }).click();

  for (const [name, format] of [["Download NDJSON", "ndjson"], ["CSV", "csv"], ["The seed's CSV", "seed"]] as const) {
    const download = page.waitForEvent("download");
    await jobOf(page).getByText(name, { exact: true }).click();
    const there = await (await fetch(`${service.url}/jobs/${idOf(page)}/result?format=${format}`)).text();
    assert.equal(await Deno.readTextFile(await (await download).path()), there, name);
  }

  const id = idOf(page);
  await jobOf(page).getByRole("button", { name: "Delete" }).click();
  await jobOf(page).getByRole("group").getByRole("button", { name: "Delete" }).click();
  await page.getByText("No job yet.").waitFor();
  assert.equal((await fetch(`${service.url}/jobs/${id}`)).status, 404);
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser(
    "a file of requests becomes a job: what a line says itself counts, and a prompt's fault is that prompt's",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/#page=jobs`);
  const { page, complaints } = opened;
  const lines = [
    { prompt: "Tom and Lily", positions: "all", sites: ["resid_post"], top_k: 2 },
    { prompt: "long ".repeat(600) },
    { prompt: "The sun" },
  ];
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    formOf(page).getByRole("button", { name: "Choose a file" }).click(),
  ]);
  const file = `${service.data}/prompts.jsonl`;
  await Deno.writeTextFile(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  await chooser.setFiles(file);
  await formOf(page).getByText("3 prompts, a JSON value a line; what a line says of itself").waitFor();
  await make(page);
  await ended(page);
  const [first, second, third] = await resultOf(service, idOf(page));
  assert.equal(third!.response!.readouts.length, 32);
  const { title, detail } = second!.problem!;
  await jobOf(page).getByText(`${title}: ${detail}`).waitFor();
  await jobOf(page).getByText("3 of 3 prompts, 1 of them refused").waitFor();

  await jobOf(page).getByRole("button", { name: "Tom and Lily" }).click();
  const { position, layer, top } = first!.response!.readouts.at(-1)!;
  assert.equal(top.length, 2);
  await page.locator(`[data-position="${position}"][data-layer="${layer}"]`).click();
  await page.locator(`.detail td.bar[title="${top[0]!.prob}"]`).waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await page.locator("main").getByText(`${title}: ${detail}`).waitFor();
  await page.goBack();
  await page.goBack();
  await jobOf(page).waitFor();

  // A member of all is refused at once, beside its choice.
  await formOf(page).getByLabel("Prompts", { exact: true }).fill("a\nb");
  await service.put("gone", await Deno.readFile(new URL("../../demo/lenses/jacobian.pt", import.meta.url)));
  await page.reload();
  await formOf(page).getByRole("checkbox", { name: "gone" }).check();
  await fetch(`${service.url}/lenses/gone`, { method: "DELETE" });
  await formOf(page).getByLabel("Prompts", { exact: true }).fill("a\nb");
  await make(page);
  await formOf(page).locator(".fault").getByText("gone").waitFor();
  assert.deepEqual(complaints.filter((text) => !/status of 422/.test(text)), []);
});

Deno.test({
  name: needsBrowser(
    "a job's page waits while the service restarts, and follows the job to its end; a job can be paused and cancelled",
  ),
  ignore,
}, async () => {
  const data = await Deno.makeTempDir();
  const first = await runService(["--data", data]);
  const { port } = new URL(first.url);
  let stopped = false;
  try {
    await using opened = await openPage(`${first.url}/#page=jobs`);
    const { page } = opened;
    await formOf(page).getByLabel("Positions").selectOption("all");
    await formOf(page).getByLabel("Likeliest tokens").fill("1");
    await formOf(page).getByLabel("Prompts", { exact: true }).fill("Once upon a time there was a dog\n".repeat(1000));
    await make(page);
    await jobOf(page).getByRole("button", { name: "Pause" }).click();
    await jobOf(page).getByText("Paused:").waitFor();
    await first[Symbol.asyncDispose]();
    stopped = true;
    await jobOf(page).getByText("The service is not reached").first().waitFor();
    await using _second = await runService(["--port", port, "--data", data]);
    await jobOf(page).getByRole("button", { name: "Go on" }).click();
    await jobOf(page).getByText("Running:").waitFor();
    await jobOf(page).getByRole("button", { name: "Cancel" }).click();
    await ended(page, "cancelled");
    await jobOf(page).getByText("what was done is kept").waitFor();
  } finally {
    if (!stopped) await first[Symbol.asyncDispose]();
    await Deno.remove(data, { recursive: true }).catch(() => {});
  }
});

Deno.test({
  name: needsBrowser("a used-up quota is said in words with the time to wait, counted down, for probes and jobs"),
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const keys = `${folder}/keys.json`;
    const quotas = { promptTokensPerMinute: 20, jobsQueued: 0 };
    const { secret } = await addKey(keys, { id: "small", role: "read", quotas });
    await using service = await runService(["--keys", keys]);
    await using opened = await openPage(`${service.url}/#page=jobs`);
    const { page, complaints } = opened;
    await page.getByText("This needs a key").first().waitFor();
    await page.getByText("Put a key of this service into the field above.").waitFor();
    await page.getByLabel("Key").fill(secret);
    await page.getByLabel("Key").press("Enter");
    await page.getByText("No job yet.").waitFor();
    await formOf(page).getByLabel("Prompts", { exact: true }).fill("a");
    await make(page);
    await formOf(page).getByText(/The key's quota is used up: .* The service says to wait \d+ s\./).waitFor();

    await page.getByRole("button", { name: "Explore" }).click();
    await page.locator('[data-phase="done"]').waitFor();
    await page.getByLabel("Prompt").fill("Tom and Lily went to the big park and saw");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByRole("status").filter({ hasText: "The key's quota is used up" }).waitFor();
    const timer = page.getByRole("timer");
    const before = parseInt((await timer.textContent())!);
    assert.ok(before > 1, `${before} s`);
    await timer.getByText(`${before - 1} s`, { exact: true }).waitFor();
    assert.deepEqual(complaints.filter((text) => !/status of (401|429)/.test(text)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: needsBrowser("axe finds nothing against the pages of jobs, light and dark, wide and narrow"),
  ignore,
}, async () => {
  await using service = await runService();
  const { id } = await (await service.post("/jobs", { prompts: ["a", "long ".repeat(600)], sites: COMPONENTS })).json();
  for (const colorScheme of ["light", "dark"] as const) {
    const width = colorScheme === "light" ? 1280 : 400;
    await using opened = await openPage(`${service.url}/#page=jobs&job=${id}.`, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    const { page } = opened;
    await ended(page);
    await formOf(page).getByLabel("Prompts", { exact: true }).fill("a\nb");
    await jobOf(page).locator(".results .trouble").waitFor();
    await jobOf(page).getByRole("button", { name: "Delete" }).click();
    assert.deepEqual(await axeFindings(page), [], colorScheme);
    assert.ok(await page.evaluate<number>("document.documentElement.scrollWidth") <= width, "too wide");
    await jobOf(page).locator(".results button").click();
    await page.getByText("logit lens of attn_out").first().waitFor();
    assert.deepEqual(await axeFindings(page), [], colorScheme);
  }
});
