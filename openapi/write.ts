/** `deno task openapi`: writes the document of the service into openapi.json, to be reviewed and committed. */
import config from "../deno.json" with { type: "json" };
import { testApp } from "../routes/testing/test_app.ts";

const { app } = await testApp({ versions: { midstream: config.version, deno: "", onnxruntime: "" } });
const response = await app.request("/openapi.json");
await Deno.writeTextFile(new URL("openapi.json", import.meta.url), await response.text());
