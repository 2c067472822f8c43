import assert from "node:assert/strict";
import { join } from "node:path";
import { inspect } from "node:util";
import { TemporaryFolder } from "../temporary_folder.ts";
import { HubError } from "./hub_error.ts";
import { readHubSettings } from "./settings.ts";

const HOME = "/home/nobody-of-this-name";

Deno.test("readHubSettings() finds the cache folder where huggingface_hub does", async () => {
  const cases: [Record<string, string>, string][] = [
    [{ HOME }, join(HOME, ".cache/huggingface/hub")],
    [{ HOME, XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ HOME, HF_HOME: "~/hf" }, join(HOME, "hf/hub")],
    [{ HOME, HF_HOME: "$ROOM/hf", ROOM: "/big" }, "/big/hf/hub"],
    [{ HOME, HF_HOME: "${ROOM}/$NOT_SET", ROOM: "/big" }, "/big/$NOT_SET/hub"],
    [{ HOME, HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HOME, HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
  ];
  for (const [env, expected] of cases) assert.equal((await readHubSettings(env)).cacheFolder, expected);
});

Deno.test("readHubSettings() reads endpoint and offline mode", async () => {
  const settings = await readHubSettings({ HOME, HF_ENDPOINT: "http://127.0.0.1:81/hub/", HF_HUB_OFFLINE: "yes" });
  assert.equal(settings.endpoint, "http://127.0.0.1:81/hub");
  assert.equal(settings.offline, true);
  const usual = await readHubSettings({ HOME, HF_HUB_OFFLINE: "0" });
  assert.equal(usual.endpoint, "https://huggingface.co");
  assert.equal(usual.offline, false);
  for (const HF_ENDPOINT of ["huggingface.co", "file:///etc", "https://me:secret@hub.test"]) {
    await assert.rejects(
      readHubSettings({ HOME, HF_ENDPOINT }),
      (error) => error instanceof HubError && error.kind === "settings" && !error.message.includes("secret"),
    );
  }
});

Deno.test("readHubSettings() takes the token from HF_TOKEN, HF_TOKEN_PATH or the file in HF_HOME, in this order", async () => {
  await using folder = await TemporaryFolder.make();
  await Deno.writeTextFile(join(folder.path, "token"), "hf_ofHome\n");
  await Deno.writeTextFile(join(folder.path, "other"), "hf_ofPath");
  const header = async (env: Record<string, string>) => (await readHubSettings({ HOME, ...env })).token?.header();
  const HF_HOME = folder.path;
  const HF_TOKEN_PATH = join(folder.path, "other");
  assert.equal(await header({ HF_HOME, HF_TOKEN_PATH, HF_TOKEN: " hf_ofEnv\r\n" }), "Bearer hf_ofEnv");
  assert.equal(await header({ HF_HOME, HF_TOKEN_PATH }), "Bearer hf_ofPath");
  assert.equal(await header({ HF_HOME }), "Bearer hf_ofHome");
  assert.equal(await header({ HF_HOME, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }), undefined);
  assert.equal(await header({}), undefined);
});

Deno.test("readHubSettings() gives a token that shows itself nowhere", async () => {
  const settings = await readHubSettings({ HOME, HF_TOKEN: "hf_secret" });
  const shown = `${JSON.stringify(settings)} ${inspect(settings, { depth: 9 })} ${
    Deno.inspect(settings)
  } ${settings.token}`;
  assert(!shown.includes("secret"), shown);
  await assert.rejects(
    readHubSettings({ HOME, HF_TOKEN: "hf_secret words" }),
    (error) => error instanceof HubError && error.kind === "settings" && !error.message.includes("secret"),
  );
});
