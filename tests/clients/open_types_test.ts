import assert from "node:assert/strict";
import { CLIENTS } from "../../scripts/clients/table.ts";
import { generated } from "./walk_test_cases.ts";

/** Where JSON really is open: what a lens file says of its origin, tuned-lens' config.json, and an OpenAPI document. */
const OPEN = ["Provenance", "LensConfig", "Document"];

const made = await generated(CLIENTS.find(({ name }) => name === "hey-api")!);

Deno.test({
  name: `hey-api's types have no unknown and no any but in ${OPEN.join(", ")}${
    "missing" in made ? ` (skipped: ${made.missing})` : ""
  }`,
  ignore: "missing" in made,
  fn: async () => {
    if ("missing" in made) return;
    const file = `${made.folder}/hey-api/generated/types.gen.ts`;
    // Without comments and texts, whose words are not types.
    const types = (await Deno.readTextFile(file)).replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/'[^'\n]*'/g, "''");
    const found = new Set<string>();
    for (const [, name, body] of types.matchAll(/export type (\w+) = ([\s\S]*?);\n(?=\n|$)/g)) {
      if (/\b(unknown|any)\b/.test(body!)) found.add(name!);
    }
    assert.ok(types.includes("export type ProbeResponse = "));
    assert.deepEqual([...found].sort(), [...OPEN].sort());
  },
});
