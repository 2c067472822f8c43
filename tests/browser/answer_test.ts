import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const shown = (text: string, piece: string) => text === "" ? piece : text.replaceAll(" ", "·").replaceAll("\n", "⏎");
const linkTo = (url: string, members: Record<string, string>) => `${url}/#${new URLSearchParams(members)}`;

Deno.test({
  name: needsBrowser("the Answer view: the prompt's tokens and their cost, the next tokens, and what the model writes"),
  ignore,
}, async () => {
  await using service = await runService();
  const prompt = "Tom and Lily went to the";
  const options = { positions: "all", layers: [-1], statistics: ["cross_entropy"] };
  const { tokens, output, readouts } = await service.json<ProbeAnswer>("/probe", { prompt, ...options });
  await using opened = await openPage(linkTo(service.url, { view: "answer", prompt }));
  const { page, complaints } = opened;
  await page.locator('[data-phase="done"]').waitFor();

  const chips = page.getByRole("region", { name: "Prompt tokens" }).getByRole("button");
  assert.deepEqual(await chips.allTextContents(), tokens.map(({ text, piece }) => shown(text, piece)));
  const costs = await chips.evaluateAll((chips) => chips.map((chip) => chip.getAttribute("data-cost")));
  assert.deepEqual(costs, [null, ...readouts.slice(0, -1).map((cell) => String(cell.cross_entropy))]);

  const next = page.getByRole("region", { name: "Next token" });
  const rows = await next.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => [row.querySelector("th")!.textContent, row.querySelector("td")!.title])
  );
  const last = output.at(-1)!;
  assert.deepEqual(rows, last.top.map(({ text, piece, prob }) => [shown(text, piece), String(prob)]));

  await page.getByRole("button", { name: "Let it write 16 tokens" }).click();
  const written = page.getByRole("region", { name: "Continuation" }).locator("li");
  await written.nth(15).waitFor();
  const ids = tokens.map(({ id }) => id);
  for (const text of await written.allTextContents()) {
    const { output } = await service.json<ProbeAnswer>("/probe", { prompt: ids, layers: [-1], top_k: 1 });
    const first = output[0]!.top[0]!;
    assert.equal(text, shown(first.text, first.piece));
    ids.push(first.id);
  }

  await next.locator("tbody button").first().click();
  await page.getByText(`The prompt, ${tokens.length + 1} tokens`).waitFor();
  assert.equal(await page.getByLabel("Prompt", { exact: true }).inputValue(), prompt + last.top[0]!.text);
  await page.goBack();
  await page.getByText(`The prompt, ${tokens.length} tokens`).waitFor();

  await page.getByRole("button", { name: "self-check" }).first().click();
  await page.getByRole("banner").getByText(/self-check ✓ \d+ hold/).waitFor();
  const { invariants } = await (await fetch(`${service.url}/self-check`)).json() as { invariants: unknown[] };
  assert.ok(await page.locator(".checks tbody tr").count() > invariants.length);
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("a chat: what was said before, the template as the model reads it, and a link to all of it"),
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await cp(fileURLToPath(new URL("../../demo/model", import.meta.url)), folder, { recursive: true });
    const config = JSON.parse(await Deno.readTextFile(`${folder}/tokenizer_config.json`));
    const template =
      "{% for message in messages %}{{ message.role }} said {{ message.content }}\n{% endfor %}assistant";
    await Deno.writeTextFile(
      `${folder}/tokenizer_config.json`,
      JSON.stringify({ ...config, chat_template: template }),
    );
    await using service = await runService(["--model", folder]);
    await using opened = await openPage(linkTo(service.url, { view: "answer", prompt: "Tom sat" }));
    const { page, complaints } = opened;
    await page.locator('[data-phase="done"]').waitFor();
    await page.getByLabel("chat").check();
    await page.getByRole("button", { name: "Add a message" }).click();
    await page.getByLabel("Text of message 1").fill("Be kind.");
    await page.getByLabel("Text of message 1").blur();
    const said = page.getByRole("region", { name: "Template" }).getByText("system said");
    await said.filter({ hasText: "Be kind." }).waitFor();
    assert.equal(
      (await said.textContent())!.trim().replace(/^<s> ?/, ""),
      "system said Be kind.\nuser said Tom sat\nassistant",
    );

    const messages = [{ role: "system", content: "Be kind." }, { role: "user", content: "Tom sat" }];
    const { tokens } = await service.json<ProbeAnswer>("/probe", { prompt: { messages }, layers: [-1] });
    await page.getByText(`The prompt, ${tokens.length} tokens`).waitFor();
    const link = page.url();
    await page.goto("about:blank");
    await page.goto(link);
    await said.filter({ hasText: "Be kind." }).waitFor();
    assert.equal(await page.getByLabel("Text of message 1").inputValue(), "Be kind.");
    await page.getByRole("button", { name: "Remove message 1" }).click();
    await said.filter({ hasText: "Be kind." }).waitFor({ state: "hidden" });
    assert.deepEqual(complaints, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
