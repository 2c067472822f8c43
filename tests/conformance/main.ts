/**
 * Holds a service against its own document: `deno task conformance --cases 2000 --seed 1`, of the demo, or of the service
 * at `--url`, asked with the key `--key` where it wants one. Ends with 1 where they disagree.
 */
import { parseArgs } from "node:util";
import { clientOf } from "./client.ts";
import { conformanceReport, rarelyAccepted } from "./counts.ts";
import { demoService } from "./demo_service.ts";
import { servedDocument } from "./document/served_document.ts";
import { runConformance } from "./run_conformance.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    url: { type: "string" },
    key: { type: "string" },
  },
});

await using demo = values.url === undefined ? await demoService() : undefined;
const url = values.url ?? demo!.url;
const credentials: Record<string, string> = values.key === undefined ? {} : { authorization: `Bearer ${values.key}` };
const start = performance.now();
const result = await runConformance({
  document: await servedDocument(url, { headers: credentials }),
  client: clientOf(url, credentials),
  anonymous: clientOf(url),
  cases: Number(values.cases),
  seed: Number(values.seed),
});
const seconds = (performance.now() - start) / 1000;
console.log(conformanceReport(result));
const rarely = rarelyAccepted(result);
if (rarely.length > 0) {
  console.log(`fewer than half of the right requests were answered as they ask: ${rarely.join(", ")}`);
}
console.log(`${seconds.toFixed(1)} s, ${(result.cases / seconds).toFixed(0)} cases a second`);
Deno.exitCode = result.failures.length + rarely.length > 0 ? 1 : 0;
