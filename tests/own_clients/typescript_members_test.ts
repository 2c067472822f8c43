import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readJson } from "../service/golden_files.ts";
import { output } from "./python_environment.ts";
import { type Schema, schemaType } from "./schema_types.ts";

const CLIENT = fileURLToPath(new URL("../../clients/typescript/midstream.ts", import.meta.url));
const DOCUMENT = readJson<{
  components: { schemas: Record<string, Schema> };
  paths: Record<string, Record<string, { parameters: { name: string; in: string; schema: Schema }[] }>>;
}>(fileURLToPath(new URL("../../openapi/openapi.json", import.meta.url)));
const SCHEMAS = DOCUMENT.components.schemas;

/** What the client names as the document does. */
const NAMED =
  "Fault Problem ModelRef LensRef LensInfo PromptToken TopToken TrackedToken Usage Timing QueuedFrame PingFrame StartFrame OutputFrame ReadoutFrame EndFrame ChatMessage Prompt Positions"
    .split(" ");

/** The type that each of the client's must be, both ways. */
function expectations(schemas: Record<string, Schema>): Record<string, string> {
  const typeOf = (schema: Schema) => schemaType(schema, schemas, ["ProblemType"]);
  const without = (name: string, ...members: string[]) => {
    const { properties = {} } = schemas[name]!;
    const left = Object.entries(properties).filter(([member]) => !members.includes(member));
    return typeOf({ type: "object", properties: Object.fromEntries(left) });
  };
  const query = DOCUMENT.paths["/lenses/{lens_id}"]!["put"]!.parameters.filter((parameter) => parameter.in === "query");
  return {
    ...Object.fromEntries(NAMED.map((name) => [name, typeOf(schemas[name]!)])),
    Site: typeOf(schemas.SiteName!),
    Statistic: typeOf(schemas.StatisticName!),
    Frame: typeOf({ oneOf: schemas.ProbeFrame!.oneOf!.filter(({ $ref }) => !$ref!.endsWith("/ErrorFrame")) }),
    ProbeOptions: without("ProbeRequest", "prompt"),
    ActivationsOptions: without("ActivationsRequest", "prompt", "dtype"),
    LensOptions: typeOf({
      type: "object",
      properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    }),
  };
}

/** Type check of a file that takes the client for what the document says; the compiler's complaints. */
async function complaints(types: Record<string, string>): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const source = Object.entries(types).map(([name, type]) =>
      `type Document${name} = ${type};\nconst of${name}: Same<client.${name}, Document${name}> = true;\nvoid of${name};`
    );
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    await Deno.copyFile(CLIENT, `${folder}/midstream.ts`);
    await Deno.writeTextFile(`${folder}/same.ts`, [SAME, ...source].join("\n"));
    const { success, text } = await output(Deno.execPath(), ["check", "--no-lock", "same.ts"], {}, folder);
    return success ? "" : text;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a browser has, and nothing of Deno or Node.js: the client must do with that. */
const COMPILER_OPTIONS = { strict: true, exactOptionalPropertyTypes: true, lib: ["esnext", "dom"] };
/** Each can stand for the other, and neither has a member more; that alone would miss one that may be left out. */
const SAME = `import type * as client from "./midstream.ts";
type Whole<T> = T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
type Mutual<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;
type Same<A, B> = Mutual<A, B> extends true ? Mutual<Whole<A>, Whole<B>> : false;`;

Deno.test("the types of midstream.ts are those of the document, and it needs nothing but the web's own", async () => {
  assert.equal(await complaints(expectations(SCHEMAS)), "");
});

Deno.test("a member of the document that changed is noticed in midstream.ts", async () => {
  const { prompt_tokens, ...left } = SCHEMAS.Usage!.properties!;
  const changed = {
    ...SCHEMAS,
    Usage: { ...SCHEMAS.Usage!, properties: { ...left, prompt_token: prompt_tokens! } },
    Timing: { ...SCHEMAS.Timing!, required: ["queue_ms"] },
    TopToken: { ...SCHEMAS.TopToken!, properties: { ...SCHEMAS.TopToken!.properties, prob: { type: "string" } } },
    ProbeRequest: {
      ...SCHEMAS.ProbeRequest!,
      properties: { ...SCHEMAS.ProbeRequest!.properties, new: { type: "string" } },
    },
    SiteName: { ...SCHEMAS.SiteName!, enum: [...SCHEMAS.SiteName!.enum!, "embedding"] },
  };
  const found = await complaints(expectations(changed));
  for (
    const name of [
      "Usage",
      "Timing",
      "TopToken",
      "OutputFrame",
      "ReadoutFrame",
      "Site",
      "ActivationsOptions",
      "ProbeOptions",
      "EndFrame",
    ]
  ) {
    assert.match(found, new RegExp(`const of${name}: Same`), name);
  }
  assert.doesNotMatch(found, /const of(PingFrame|LensInfo)/);
});
