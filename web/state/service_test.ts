import assert from "node:assert/strict";
import document from "../../openapi/openapi.json" with { type: "json" };
import type { InvariantInfo, SelfCheckInfo } from "./self_check_info.ts";
import type { FidelityInfo, Limits as LimitsRead, ModelInfo, StatisticInfo } from "./service.ts";

const { Fidelity, InvariantCheck, Limits, ModelInfo, SelfCheck, StatisticInfo } = document.components.schemas;

Deno.test("what the page reads of the model is in the document", () => {
  // The compiler compares the names as well: a member that the document lacks does not compile.
  const ofModel: readonly (keyof ModelInfo & keyof typeof ModelInfo.properties)[] = [
    ...[
      "id",
      "digest",
      "architecture",
      "layers",
      "precision",
      "fidelity",
      "statistics",
      "context",
      "chat_template",
      "limits",
    ] as const,
  ];
  const ofStatistic: readonly (keyof StatisticInfo & keyof typeof StatisticInfo.properties)[] = [
    ...["name", "unit", "description"] as const,
  ];
  const ofLimits: readonly (keyof LimitsRead & keyof typeof Limits.properties)[] = [
    ...["lens_bytes", "body_bytes", "job_prompts"] as const,
  ];
  for (const name of ofLimits) assert.ok(Limits.required.includes(name), name);
  for (const name of ofModel) assert.ok(ModelInfo.required.includes(name), name);
  for (const name of ofStatistic) assert.ok(StatisticInfo.required.includes(name), name);
});

Deno.test("what the page reads of the fidelity and the self-check is in the document", () => {
  const ofFidelity: readonly (keyof FidelityInfo & keyof typeof Fidelity.properties)[] = [
    ...["positions", "kl", "top1_agreement", "mean_rank"] as const,
  ];
  const ofCheck: readonly (keyof SelfCheckInfo & keyof typeof SelfCheck.properties)[] = [
    ...["passed", "elapsed_ms", "invariants", "lenses"] as const,
  ];
  const ofInvariant: readonly (keyof InvariantInfo & keyof typeof InvariantCheck.properties)[] = [
    ...["name", "description", "unit", "figure", "bound", "verdict", "reason"] as const,
  ];
  for (const name of ofFidelity) assert.ok(Fidelity.required.includes(name), name);
  for (const name of ofCheck) assert.ok(SelfCheck.required.includes(name), name);
  for (const name of ofInvariant) assert.ok(InvariantCheck.required.includes(name), name);
});
