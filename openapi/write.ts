/** `deno task openapi`: writes the documents of the service into this folder, to be reviewed and committed. */
import config from "../deno.json" with { type: "json" };
import { testApp } from "../routes/testing/test_app.ts";
import { compare, told } from "./compare.ts";
import type { Json } from "./json.ts";

const { app } = await testApp({ versions: { midstream: config.version, deno: "", onnxruntime: "" } });
for (const name of ["openapi.json", "openapi-3.0.json"]) {
  const file = new URL(name, import.meta.url);
  const before = await Deno.readTextFile(file).catch(() => null);
  const now = await (await app.request(`/${name}`)).text();
  await Deno.writeTextFile(file, now);
  if (before !== null) console.log(`${name}: ${told(compare(JSON.parse(before) as Json, JSON.parse(now) as Json))}`);
}
