import assert from "node:assert/strict";
import { clientOf } from "./client.ts";
import { conformanceReport, rarelyAccepted } from "./counts.ts";
import { demoService } from "./demo_service.ts";
import { servedDocument } from "./document/served_document.ts";
import { fromOtherAddresses } from "./other_addresses.ts";
import { runConformance } from "./run_conformance.ts";

const CASES = 2000;
const CASES_WITH_KEYS = 500;
const SEED = 20_261_124;

Deno.test(`the service is as its document says: ${CASES} right and wrong requests by seed ${SEED}`, async () => {
  await using demo = await demoService();
  const client = clientOf(demo.url);
  const document = await servedDocument(client);
  const result = await runConformance({ document, client, anonymous: client, cases: CASES, seed: SEED });
  console.log(conformanceReport(result));
  assert.deepEqual(result.failures, []);
  assert.deepEqual(rarelyAccepted(result), []);
  assert.ok(result.cases > 0.9 * CASES, `only ${result.cases} cases were made`);
  const asked = result.operations.filter(({ positive }) => positive > 0).map(({ id }) => id);
  assert.deepEqual(asked, document.operations.map(({ id }) => id));
});

Deno.test(`with keys the service asks for one wherever its document says so: ${CASES_WITH_KEYS} requests`, async () => {
  await using demo = await demoService({ keys: true });
  const client = clientOf(demo.url, demo.credentials);
  const document = await servedDocument(client);
  const anonymous = clientOf(demo.url, {}, fromOtherAddresses());
  const result = await runConformance({ document, client, anonymous, cases: CASES_WITH_KEYS, seed: SEED });
  assert.deepEqual(result.failures, []);
  const open = document.operations.filter(({ secured }) => !secured).map(({ id }) => id);
  assert.deepEqual(open, ["getLiveness", "getReadiness", "getDocument", "getOlderDocument"]);
});
