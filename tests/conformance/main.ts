/**
 * Holds a service against its own document: `deno task conformance --cases 2000 --seed 1`, of the demo, or of the service
 * at `--url`, asked with the key `--key` where it wants one. `--in-memory`: of the app over an engine in memory, without
 * sockets and many times faster. Ends with 1 where they disagree. With `--schemathesis` that tool does the same in its way.
 */
import { parseArgs } from "node:util";
import { clientOf } from "./client.ts";
import { conformanceReport, rarelyAccepted } from "./counts.ts";
import { demoService } from "./demo_service.ts";
import { servedDocument } from "./document/served_document.ts";
import { memoryService } from "./memory/memory_service.ts";
import { runConformance } from "./run_conformance.ts";

/** Requests at the same time in memory: what waits for the disk holds up nothing else. */
const ALL_AT_ONCE = 48;
/** Cases between two lines that tell how far it is. */
const TELL = 20_000;

if (Deno.args.includes("--schemathesis")) await import("../../scripts/schemathesis.ts");
else await conformance();

async function conformance(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      "in-memory": { type: "boolean", default: false },
      url: { type: "string" },
      key: { type: "string" },
    },
  });

  await using asked = await serviceAsked(values);
  const credentials: Record<string, string> = values.key === undefined ? {} : { authorization: `Bearer ${values.key}` };
  const client = clientOf(asked.url, credentials, asked.fetch);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let told = 0;
  const result = await runConformance({
    document: await servedDocument(client),
    client,
    anonymous: clientOf(asked.url, {}, asked.fetch),
    cases: Number(values.cases),
    seed: Number(values.seed),
    ...(values["in-memory"] ? { lanes: ALL_AT_ONCE } : {}),
    onRound: ({ cases, failures }) => {
      if (cases < told + TELL) return;
      told = cases;
      console.log(`${cases} cases, ${failures.length} failures, ${seconds().toFixed(0)} s`);
    },
  });
  console.log(conformanceReport(result));
  const rarely = rarelyAccepted(result);
  if (rarely.length > 0) {
    console.log(`fewer than half of the right requests were answered as they ask: ${rarely.join(", ")}`);
  }
  console.log(`${seconds().toFixed(1)} s, ${(result.cases / seconds()).toFixed(0)} cases a second`);
  Deno.exitCode = result.failures.length + rarely.length > 0 ? 1 : 0;
}

interface Asked extends AsyncDisposable {
  readonly url: string;
  readonly fetch: Parameters<typeof clientOf>[2];
}

async function serviceAsked({ url, "in-memory": inMemory }: { url?: string; "in-memory": boolean }): Promise<Asked> {
  if (url !== undefined) return { url, fetch, async [Symbol.asyncDispose]() {} };
  if (inMemory) return await memoryService();
  const demo = await demoService();
  return { url: demo.url, fetch, [Symbol.asyncDispose]: () => demo[Symbol.asyncDispose]() };
}
