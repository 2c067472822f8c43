import assert from "node:assert/strict";
import document from "../../openapi/openapi.json" with { type: "json" };
import type { ModelInfo, StatisticInfo } from "./service.ts";

const { ModelInfo, StatisticInfo } = document.components.schemas;

Deno.test("what the page reads of the model is in the document", () => {
  // The compiler compares the names as well: a member that the document lacks does not compile.
  const ofModel: readonly (keyof ModelInfo & keyof typeof ModelInfo.properties)[] = [
    ...["id", "digest", "architecture", "layers", "precision", "statistics", "context", "chat_template"] as const,
  ];
  const ofStatistic: readonly (keyof StatisticInfo & keyof typeof StatisticInfo.properties)[] = [
    ...["name", "unit", "description"] as const,
  ];
  for (const name of ofModel) assert.ok(ModelInfo.required.includes(name), name);
  for (const name of ofStatistic) assert.ok(StatisticInfo.required.includes(name), name);
});
