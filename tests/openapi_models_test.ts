import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import config from "../deno.json" with { type: "json" };
import type { ModelDescription } from "../model/engine/engine.ts";
import { DESCRIPTION, memoryEngine } from "../routes/testing/memory_engine.ts";
import { testApp } from "../routes/testing/test_app.ts";
import { runService } from "./service/running_service.ts";

const OTHER_MODEL = new URL("golden/architectures/llama-mha-untied", import.meta.url).pathname;

interface Bounded {
  readonly components: { readonly schemas: Record<"LayerIndex" | "TokenId" | "TokenPrompt", Record<string, number>> };
}

/** The document of a service over a model, generic and narrowed, and what it says of its model. */
async function documents(flags: readonly string[]) {
  await using running = await runService(flags);
  const get = async (path: string) => await (await fetch(`${running.url}${path}`)).text();
  return {
    generic: await get("/openapi.json"),
    older: await get("/openapi-3.0.json"),
    narrowed: (JSON.parse(await get("/openapi.json?bounds=loaded")) as Bounded).components.schemas,
    model: JSON.parse(await get("/model")) as { layers: number; vocabulary: number; limits: { prompt_tokens: number } },
  };
}

/** Real checkpoints from outside the repository. */
const CHECKPOINTS = new URL("../../shared/data/checkpoints/", import.meta.url).pathname;

type Documents = Awaited<ReturnType<typeof documents>>;

function sameDocuments(a: Documents, b: Documents): void {
  assert.ok(a.generic === b.generic, "GET /openapi.json depends on the model");
  assert.ok(a.older === b.older, "GET /openapi-3.0.json depends on the model");
}

function boundsAreTheModels({ narrowed, model }: Documents): void {
  assert.equal(narrowed.LayerIndex.maximum, model.layers - 1);
  assert.equal(narrowed.TokenId.maximum, model.vocabulary - 1);
  assert.equal(narrowed.TokenPrompt.maxItems, model.limits.prompt_tokens);
}

Deno.test("the documents are byte-equal for two models; narrowed they have each model's bounds", async () => {
  const demo = await documents([]);
  const other = await documents(["--model", OTHER_MODEL]);
  sameDocuments(demo, other);
  assert.notEqual(demo.model.layers, other.model.layers);
  boundsAreTheModels(demo);
  boundsAreTheModels(other);
});

for (const name of ["stories260K", "babyllama-tok105-0.9M"]) {
  const model = `${CHECKPOINTS}${name}`;
  const absent = !existsSync(model);
  Deno.test({
    name: `the documents are byte-equal for the demo and ${name}${
      absent ? " (skipped: ../shared/data is not here)" : ""
    }`,
    ignore: absent,
    fn: async () => {
      const real = await documents(["--model", model]);
      sameDocuments(await documents([]), real);
      boundsAreTheModels(real);
    },
  });
}

/** Of the models' own config.json. */
const SHAPES: Readonly<Record<string, Partial<ModelDescription>>> = {
  "SmolLM2-135M": { layers: 30, dModel: 576, heads: 9, kvHeads: 3, headDim: 64, vocabulary: 49_152, context: 8192 },
  "Llama-2-7b": { layers: 32, dModel: 4096, heads: 32, kvHeads: 32, headDim: 128, vocabulary: 32_000, context: 4096 },
};

Deno.test("the documents are byte-equal for the demo and the shapes of SmolLM2 and of a 7B model", async () => {
  const demo = await documents([]);
  for (const [id, shape] of Object.entries(SHAPES)) {
    const description = { ...DESCRIPTION, id, ...shape };
    const versions = { midstream: config.version, deno: "", onnxruntime: "" };
    const { app } = await testApp({ versions, engine: memoryEngine({ description }) });
    const get = async (path: string) => await (await app.request(path)).text();
    assert.ok(await get("/openapi.json") === demo.generic, `GET /openapi.json depends on the model: ${id}`);
    assert.ok(await get("/openapi-3.0.json") === demo.older, `GET /openapi-3.0.json depends on the model: ${id}`);
    const { schemas } = (JSON.parse(await get("/openapi.json?bounds=loaded")) as Bounded).components;
    assert.equal(schemas.LayerIndex.maximum, description.layers - 1);
    assert.equal(schemas.TokenId.maximum, description.vocabulary - 1);
    assert.equal(schemas.TokenPrompt.maxItems, description.context);
  }
});
