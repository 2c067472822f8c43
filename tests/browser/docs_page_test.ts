import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import type { ProbeAnswer } from "../service/answers.ts";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const LENS = fileURLToPath(new URL("../../demo/lenses/jacobian.pt", import.meta.url));

interface Document {
  readonly paths: Record<string, Record<string, { readonly operationId: string; readonly summary: string }>>;
}

/** Opens an operation's part of the page. */
async function unfold(page: Page, operationId: string) {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  await block.locator(".opblock-summary-control").click();
  return {
    block,
    /** Presses "Execute": the status, and the body as it is shown. */
    async execute() {
      const answer = block.locator("table.live-responses-table tbody");
      // Otherwise the answer before it is read.
      if (await answer.count() > 0) await block.locator("button.btn-clear").click();
      await answer.waitFor({ state: "detached" });
      await block.locator("button.execute").click();
      const status = (await answer.locator(".response-col_status").first().innerText()).trim();
      return { status, text: await answer.locator(".highlight-code code").first().innerText() };
    },
  };
}

Deno.test({
  name: needsBrowser("/docs lists every operation and tries them on the service, with nothing from elsewhere"),
  ignore,
}, async () => {
  await using service = await runService();
  const { paths } = await (await fetch(`${service.url}/openapi.json`)).json() as Document;
  await using opened = await openPage(`${service.url}/docs`);
  const { page, complaints, requested } = opened;
  await page.locator(".opblock").first().waitFor();

  const listed = await page.locator(".opblock").evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (part: string) => block.querySelector(part)?.textContent?.replaceAll("\u200b", "").trim();
      return [".opblock-summary-method", ".opblock-summary-path", ".opblock-summary-description"].map(text).join(" ");
    })
  );
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { summary }]) => `${method.toUpperCase()} ${path} ${summary}`)
  );
  assert.deepEqual(listed.toSorted(), described.toSorted());

  const body = { prompt: "Tom and Lily went to the", layers: [-1], top_k: 2 };
  const expected = await service.json<ProbeAnswer>("/probe", body);
  const cell = expected.readouts[0]!;

  const probe = await unfold(page, "createProbe");
  await probe.block.locator("textarea.body-param__text").fill(JSON.stringify(body));
  const whole = await probe.execute();
  assert.equal(whole.status, "200");
  const shown = JSON.parse(whole.text) as ProbeAnswer;
  assert.deepEqual(shown.tokens, expected.tokens);
  assert.deepEqual(shown.readouts[0]!.top.map(({ id }) => id), cell.top.map(({ id }) => id));

  await probe.block.locator(".responses-inner select.content-type").first().selectOption("text/csv");
  const table = await probe.execute();
  const [head, ...rows] = table.text.trimEnd().split("\n");
  assert.match(head!, /^kind,position,/);
  assert.equal(rows.filter((row) => row.startsWith("top,")).length, 2);

  await probe.block.locator("textarea.body-param__text").fill('{"prompt": "Tom", "layers": [99]}');
  await probe.block.locator(".responses-inner select.content-type").first().selectOption("application/json");
  const refused = await probe.execute();
  assert.equal(refused.status, "422");
  assert.match(refused.text, /\/layers\/0/);

  const stream = await unfold(page, "streamProbe");
  await stream.block.locator("textarea.body-param__text").fill(JSON.stringify(body));
  const streamed = await stream.execute();
  assert.equal(streamed.status, "200");
  const frames = streamed.text.trimEnd().split("\n").map((line) => JSON.parse(line) as { type: string });
  assert.deepEqual(frames.map(({ type }) => type), ["start", "output", "readout", "end"]);

  const put = await unfold(page, "putLens");
  await put.block.locator("input[type=file]").setInputFiles(LENS);
  const uploaded = await put.execute();
  assert.equal(uploaded.status, "201", uploaded.text);
  assert.equal((JSON.parse(uploaded.text) as { id: string }).id, "mine");
  const stored = await fetch(`${service.url}/lenses/mine/weights`);
  assert.deepEqual(new Uint8Array(await stored.arrayBuffer()), await Deno.readFile(LENS));

  // The refused probe is the only complaint: a browser tells of every 4xx.
  assert.deepEqual(complaints.filter((text) => !/status of 422/.test(text)), []);
  assert.equal(complaints.length, 1);
  for (const url of requested) assert.match(url, new RegExp(`^(${service.url}/|data:)`));
});

Deno.test({
  name: needsBrowser("/docs wears the colours that the reader's system asks for, and its policy stops foreign scripts"),
  ignore,
}, async () => {
  await using service = await runService();
  for (const colorScheme of ["light", "dark"] as const) {
    await using opened = await openPage(`${service.url}/docs`, { colorScheme });
    const { page, complaints } = opened;
    await page.locator(".opblock").first().waitFor();
    const ink = await page.evaluate<string>("getComputedStyle(document.querySelector('.info p')).color");
    const brightest = Math.max(...ink.match(/\d+/g)!.slice(0, 3).map(Number));
    assert.ok(colorScheme === "dark" ? brightest > 180 : brightest < 90, `${colorScheme}: the text is ${ink}`);
    assert.deepEqual(complaints, []);

    const ran = await page.evaluate<boolean>(`{
      const script = document.createElement("script");
      script.textContent = "document.title = 'run'";
      document.head.append(script);
      document.title === "run";
    }`);
    assert.equal(ran, false);
    assert.match(complaints.join("\n"), /Content Security Policy/);
  }
});
