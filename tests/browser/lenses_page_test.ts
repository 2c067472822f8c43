import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { addKey } from "../../lab/keys/key_file.ts";
import { COMMIT_A, TestHub } from "../../model/checkpoint/hub/test_hub.ts";
import { runService } from "../service/running_service.ts";
import { axeFindings } from "./axe_findings.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const TUNED = file("demo/lenses/tuned/params.pt"), CONFIG = file("demo/lenses/tuned/config.json");
const JACOBIAN = file("demo/lenses/jacobian.pt");
const BAD = file("tests/golden/badfiles/pk-os-system.pt");

interface Lens {
  readonly sha256: string;
  readonly match_reason: string;
  readonly note: string | null;
}

const pathOf = (lens: string) => `#page=lenses&lens=${lens}`;
const lensOf = async (url: string, id: string) => await (await fetch(`${url}/lenses/${id}`)).json() as Lens;
const uploadOf = (page: Page, name: string) => page.getByRole("form", { name: `Upload of ${name}` });
const cardOf = (page: Page, id: string) => page.locator(`[data-lens="${id}"]`);

async function choose(page: Page, ...paths: string[]) {
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Choose a lens file" }).click(),
  ]);
  await chooser.setFiles(paths);
}

Deno.test({
  name: needsBrowser(
    "a lens is uploaded with its progress, said in words as the API says it, used, replaced and deleted",
  ),
  ignore,
}, async () => {
  await using service = await runService();
  await using opened = await openPage(`${service.url}/${pathOf("logit")}`);
  const { page, complaints, requested } = opened;
  await cardOf(page, "tuned").getByText("Made for this model").waitFor();

  await choose(page, TUNED, CONFIG);
  const form = uploadOf(page, "params.pt");
  assert.equal(await form.getByLabel("Id, for requests").inputValue(), "params");
  await form.getByLabel("Id, for requests").fill("mine");
  await form.locator("summary").press("Enter");
  await form.getByLabel("Note").fill("step 250");
  // As over a slow line, so that the progress can be seen.
  const line = await page.context().newCDPSession(page);
  const speed = (uploadThroughput: number) =>
    line.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await speed(400_000);
  await page.evaluate(`{
    window.seen = [];
    new MutationObserver(() => {
      const bar = document.querySelector("main progress");
      if (bar) window.seen.push(bar.value);
    }).observe(document.querySelector("main"), { subtree: true, childList: true, attributes: true });
  }`);
  await form.getByRole("button", { name: "Upload" }).click();
  await form.getByText("Done: the service has mine.").waitFor();
  const seen = await page.evaluate<number[]>("window.seen");
  const { size } = await Deno.stat(TUNED);
  assert.ok(seen.some((sent) => sent > 0 && sent < size), `progress was ${seen}`);
  assert.ok(seen.every((sent, at) => at === 0 || sent >= seen[at - 1]!), `progress was ${seen}`);

  const lens = await lensOf(service.url, "mine");
  assert.equal(lens.note, "step 250");
  assert.ok(requested.some((url) => url.includes(`/lenses/mine?`) && url.includes(`sha256=${lens.sha256}`)));
  // The config.json that was chosen beside it went with it.
  assert.equal(lens.match_reason, "the lens names this model");
  await form.getByText(`Made for this model: ${lens.match_reason}.`).waitFor();
  await cardOf(page, "mine").getByText("step 250").waitFor();
  assert.equal(await cardOf(page, "mine").locator(".digest code").getAttribute("title"), lens.sha256);

  await form.getByRole("button", { name: "Use mine" }).click();
  await page.locator('[data-phase="done"]').waitFor();
  assert.equal(await page.getByLabel("Lens").inputValue(), "mine");
  await page.goBack();
  // What is on its way, or has come, is still there.
  await form.getByRole("button", { name: "Close" }).click();

  await choose(page, JACOBIAN);
  const other = uploadOf(page, "jacobian.pt");
  assert.equal(await other.getByLabel("Id, for requests").inputValue(), "jacobian-2");
  await other.getByLabel("Id, for requests").fill("mine");
  await other.getByRole("checkbox", { name: "replace the tuned lens mine" }).check();
  await speed(20_000);
  await other.getByRole("button", { name: "Upload" }).click();
  await other.getByRole("button", { name: "Cancel" }).click();
  await other.getByText("Cancelled. Nothing was kept.").waitFor();
  assert.equal((await lensOf(service.url, "mine")).sha256, lens.sha256);
  await speed(-1);
  await other.getByRole("button", { name: "Upload again" }).click();
  await other.getByText("Done: the service has mine.").waitFor();
  await cardOf(page, "mine").getByText("Jacobian lens of layers 0–6").waitFor();

  const mine = cardOf(page, "mine");
  const download = page.waitForEvent("download");
  await mine.getByRole("link", { name: "Download", exact: true }).click();
  assert.deepEqual(await Deno.readFile(await (await download).path()), await Deno.readFile(JACOBIAN));

  await mine.getByRole("button", { name: "Delete" }).press("Enter");
  await mine.getByRole("group", { name: "Delete mine for good?" }).getByRole("button", { name: "Keep" }).press(
    "Escape",
  );
  await mine.getByRole("button", { name: "Delete" }).click();
  await mine.getByRole("group").getByRole("button", { name: "Delete" }).click();
  await mine.waitFor({ state: "detached" });
  assert.equal((await fetch(`${service.url}/lenses/mine`)).status, 404);
  assert.equal(await page.evaluate<string>("document.activeElement.textContent"), "Lenses of this service");
  assert.deepEqual(complaints, []);
});

Deno.test({
  name: needsBrowser("what is no lens, another's id, and what the hub has not, are refused in the service's words"),
  ignore,
}, async () => {
  const cache = await Deno.makeTempDir();
  try {
    const files = { "lens/demo/params.pt": await Deno.readFile(TUNED) };
    await using hub = new TestHub([{ id: "ada/lenses", commits: { [COMMIT_A]: files }, refs: { main: COMMIT_A } }]);
    await using service = await runService(["--max-lens-bytes", "900000"], {
      HF_HOME: cache,
      HF_ENDPOINT: hub.endpoint,
    });
    await using opened = await openPage(`${service.url}/${pathOf("logit")}`);
    const { page, complaints } = opened;
    await cardOf(page, "tuned").waitFor();

    // Dropped anywhere on the page, two at once.
    const dropped = await page.evaluateHandle(`(async () => {
      const files = new DataTransfer();
      const bytes = Uint8Array.fromBase64(${JSON.stringify((await Deno.readFile(BAD)).toBase64())});
      files.items.add(new File([bytes], "Evil Lens.pt"));
      files.items.add(new File(["<html>"], "page.pt"));
      files.items.add(new File([new Uint8Array(1_000_000)], "large.pt"));
      return files;
    })()`);
    await page.dispatchEvent("main", "drop", { dataTransfer: dropped });
    const refused = await (await service.put("evil-lens", await Deno.readFile(BAD))).json() as { detail: string };
    const evil = uploadOf(page, "Evil Lens.pt"), html = uploadOf(page, "page.pt");
    assert.equal(await evil.getByLabel("Id, for requests").inputValue(), "evil-lens");
    await evil.getByRole("button", { name: "Upload" }).click();
    await html.getByRole("button", { name: "Upload" }).click();
    await evil.getByText(refused.detail).waitFor();
    await html.getByText("This file is not a lens that can be used here").waitFor();
    await html.getByLabel("Id, for requests").fill("tuned");
    await html.getByText("tuned was given at the start of the service: take another id.").waitFor();
    assert.ok(await html.getByRole("button", { name: "Upload again" }).isDisabled());

    const large = uploadOf(page, "large.pt");
    await large.getByText("This service takes lenses of up to 900 kB.").waitFor();
    assert.ok(await large.getByRole("button", { name: "Upload" }).isDisabled());
    await large.getByRole("button", { name: "Leave it" }).click();

    // Somebody else took the id meanwhile.
    await choose(page, JACOBIAN);
    const late = uploadOf(page, "jacobian.pt");
    await late.getByLabel("Id, for requests").fill("taken");
    await service.put("taken", await Deno.readFile(TUNED));
    await late.getByRole("button", { name: "Upload" }).click();
    await late.getByText("It is not as the request says: If-None-Match").waitFor();
    // A service that has no time now is asked again by itself, after the time that it says.
    await page.route("**/lenses/taken?**", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        headers: { "retry-after": "2" },
        body: JSON.stringify({
          type: "urn:midstream:problem:draining",
          title: "It stops",
          status: 503,
          detail: "soon",
          instance: "",
        }),
      }), { times: 1 });
    await late.getByRole("checkbox", { name: "replace the tuned lens taken" }).check();
    await late.getByRole("button", { name: "Upload again" }).click();
    await late.getByText(/It stops: soon\. It is asked again in [12] s\./).waitFor();
    await late.getByText("Done: the service has taken.").waitFor();

    const imports = page.getByRole("form", { name: "Import" });
    await imports.getByLabel("Repository and path").fill("ada/none:lens.pt");
    await imports.getByRole("button", { name: "Import" }).click();
    await imports.getByText("The hub has no such lens").waitFor();
    await imports.getByLabel("Repository and path").fill("nobody");
    await imports.getByRole("button", { name: "Import" }).click();
    await imports.locator("#import-source-fault").waitFor();
    assert.equal(
      await imports.getByLabel("Repository and path").getAttribute("aria-describedby"),
      "import-source-fault",
    );
    await imports.getByLabel("Repository and path").fill("ada/lenses:lens/demo/params.pt");
    await imports.getByLabel("Id here").fill("fetched");
    await imports.getByRole("button", { name: "Import" }).click();
    await imports.getByText("Done: the service has fetched.").waitFor();
    await cardOf(page, "fetched").getByText("ada/lenses").waitFor();
    assert.equal((await lensOf(service.url, "fetched")).sha256, (await lensOf(service.url, "tuned")).sha256);
    assert.deepEqual(complaints.filter((text) => !/status of (422|412|503)/.test(text)), []);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test({
  name: needsBrowser(
    "a service with keys says which key the lenses need, whose a lens is, and how much a key may store",
  ),
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const keys = `${folder}/keys.json`;
    const reader = await addKey(keys, { id: "reader", role: "read" });
    const small = await addKey(keys, { id: "small", role: "upload", quotas: { lensBytes: 300_000 } });
    await using service = await runService(["--keys", keys]);
    await using opened = await openPage(`${service.url}/${pathOf("logit")}`);
    const { page, complaints } = opened;
    const useKey = async (secret: string) => {
      await page.getByLabel("Key").fill(secret);
      await page.getByLabel("Key").press("Enter");
      await cardOf(page, "tuned").waitFor();
    };
    await page.getByText("This service asks for a key.").waitFor();
    await useKey(reader.secret);
    await choose(page, JACOBIAN);
    await uploadOf(page, "jacobian.pt").getByRole("button", { name: "Upload" }).click();
    await uploadOf(page, "jacobian.pt").getByText("the key reader is read; this needs upload").waitFor();
    await page.getByText("need a key of the role upload").waitFor();

    await useKey(small.secret);
    await choose(page, JACOBIAN, TUNED);
    await uploadOf(page, "params.pt").getByRole("button", { name: "Upload" }).click();
    await uploadOf(page, "params.pt").getByText("There is no room for it: the key small may store 300000 bytes")
      .waitFor();
    const mine = uploadOf(page, "jacobian.pt");
    await mine.locator("summary").click();
    await mine.getByRole("checkbox", { name: "others see it" }).uncheck();
    await mine.getByRole("button", { name: "Upload" }).click();
    await cardOf(page, "jacobian-2").getByText("It belongs to the key small, and nobody else sees it.").waitFor();
    const download = page.waitForEvent("download");
    await cardOf(page, "jacobian-2").getByRole("button", { name: "Download", exact: true }).click();
    assert.deepEqual(await Deno.readFile(await (await download).path()), await Deno.readFile(JACOBIAN));
    assert.deepEqual(complaints.filter((text) => !/status of (401|403|507)/.test(text)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: needsBrowser("axe finds nothing against the page of lenses, light and dark, wide and narrow"),
  ignore,
}, async () => {
  await using service = await runService();
  for (const colorScheme of ["light", "dark"] as const) {
    const width = colorScheme === "light" ? 1280 : 400;
    await using opened = await openPage(`${service.url}/${pathOf("logit")}`, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    const { page } = opened;
    await cardOf(page, "tuned").waitFor();
    await choose(page, BAD, JACOBIAN);
    await uploadOf(page, "pk-os-system.pt").getByRole("button", { name: "Upload" }).click();
    await page.getByText("This file is not a lens that can be used here").waitFor();
    await uploadOf(page, "jacobian.pt").locator("summary").click();
    assert.deepEqual(await axeFindings(page), [], colorScheme);
    assert.ok(await page.evaluate<number>("document.documentElement.scrollWidth") <= width, "too wide");
  }
});
