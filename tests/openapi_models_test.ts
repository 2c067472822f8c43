import assert from "node:assert/strict";
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

Deno.test("the documents are byte-equal for two models; narrowed they have each model's bounds", async () => {
  const demo = await documents([]);
  const other = await documents(["--model", OTHER_MODEL]);
  assert.ok(demo.generic === other.generic, "GET /openapi.json depends on the model");
  assert.ok(demo.older === other.older, "GET /openapi-3.0.json depends on the model");
  assert.notEqual(demo.model.layers, other.model.layers);
  for (const { narrowed, model } of [demo, other]) {
    assert.equal(narrowed.LayerIndex.maximum, model.layers - 1);
    assert.equal(narrowed.TokenId.maximum, model.vocabulary - 1);
    assert.equal(narrowed.TokenPrompt.maxItems, model.limits.prompt_tokens);
  }
});
