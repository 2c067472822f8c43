import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as client from "../../clients/typescript/midstream.ts";
import { ignore as noBrowser, needsBrowser, openPage } from "../browser/browser.ts";
import { DEMO } from "../service/golden_files.ts";
import { runService } from "../service/running_service.ts";
import { output } from "./python_environment.ts";
import { type Outcome, scenario } from "./scenario.ts";

const LENS = `${DEMO}/lenses/tuned/params.pt`;
const node = await output("node", ["--version"]);
/** The oldest that Node.js' makers still mend at the time of writing; it lacks no part of the web that is used. */
const noNode = !node.success || Number(/^v(\d+)/.exec(node.text)?.[1]) < 20;

/** The client and the scenario as JavaScript, as a bundler or Node.js itself would strip their types. */
async function javascript(name: string): Promise<string> {
  const { success, stdout, text } = await output(Deno.execPath(), [
    "transpile",
    fileURLToPath(new URL(name, import.meta.url)),
  ]);
  assert.ok(success, text);
  return stdout;
}

/** Nothing is remembered from one run to the next, so that their numbers are equal to the last bit. */
const NO_MEMORY = ["--prefix-cache", "0"];
const CLIENT = "../../clients/typescript/midstream.ts";
const SCENARIO = "./scenario.ts";

/** What differs from run to run is how the bytes were cut, and when. */
function comparable({ sent, info, refusal, ...outcome }: Outcome) {
  const { id: _, created_at: __, ...lens } = info;
  return { ...outcome, sent: sent.at(-1), lens, refusal: refusal && "message" in refusal && refusal.message };
}

async function inDeno(url: string) {
  return comparable(await scenario(client, url, { file: new Blob([await Deno.readFile(LENS)]), id: "of-deno" }));
}

Deno.test({
  name: `midstream.ts does the same in Node.js (${noNode ? "skipped: it is not there, or older than 20" : node.text})`,
  ignore: noNode,
  async fn() {
    await using running = await runService(NO_MEMORY);
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/midstream.mjs`, await javascript(CLIENT));
      await Deno.writeTextFile(`${folder}/scenario.mjs`, await javascript(SCENARIO));
      await Deno.writeTextFile(
        `${folder}/main.mjs`,
        `import { openAsBlob } from "node:fs";
         import * as client from "./midstream.mjs";
         import { scenario } from "./scenario.mjs";
         const [url, lens] = process.argv.slice(2);
         console.log(JSON.stringify(await scenario(client, url, { file: await openAsBlob(lens), id: "of-node" })));`,
      );
      const ran = await output("node", ["--no-warnings", `${folder}/main.mjs`, running.url, LENS]);
      assert.ok(ran.success, ran.text);
      assert.deepEqual(comparable(JSON.parse(ran.stdout)), await inDeno(running.url));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: needsBrowser("midstream.ts does the same in a browser"),
  ignore: noBrowser,
  async fn() {
    await using running = await runService(NO_MEMORY);
    await using opened = await openPage(`${running.url}/livez`);
    const lens = (await Deno.readFile(LENS)).toBase64();
    const sources = [await javascript(CLIENT), await javascript(SCENARIO)];
    const outcome = await opened.page.evaluate(async ({ sources, lens }) => {
      const load = (source: string) => import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      const [client, { scenario }] = await Promise.all(sources.map(load));
      const file = new Blob([Uint8Array.from(atob(lens), (letter) => letter.charCodeAt(0))]);
      return await scenario(client, location.origin, { file, id: "of-browser" });
    }, { sources, lens });
    assert.deepEqual(comparable(outcome), await inDeno(running.url));
  },
});
