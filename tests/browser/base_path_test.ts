import assert from "node:assert/strict";
import { runService } from "../service/running_service.ts";
import { ignore, needsBrowser, openPage } from "./browser.ts";

Deno.test("the base path itself leads to the page below it, whose addresses are relative", async () => {
  await using service = await runService(["--base-path", "/lens"]);
  const { origin } = new URL(service.url);
  const response = await fetch(`${origin}/lens?x=1`, { redirect: "manual" });
  await response.body?.cancel();
  assert.deepEqual([response.status, response.headers.get("Location")], [308, "/lens/?x=1"]);
});

Deno.test({ name: needsBrowser("the explorer below a base path asks there and nowhere else"), ignore }, async () => {
  await using service = await runService(["--base-path", "/lens"]);
  const { origin } = new URL(service.url);
  await using opened = await openPage(`${origin}/lens`);
  const { page, complaints, requested } = opened;
  await page.locator('[data-phase="done"]').waitFor();
  assert.deepEqual(complaints, []);
  for (const url of requested.slice(1)) assert.ok(url.startsWith(`${origin}/lens/`), url);
});
