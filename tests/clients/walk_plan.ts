import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Cell } from "../../clients/walk/client_under_test.ts";
import type { Plan } from "../../clients/walk/plan.ts";
import { float32Tensor } from "../../clients/walk/safetensors.ts";
import { type Json, member } from "../../openapi/json.ts";
import type { RunningService } from "../service/running_service.ts";
import type { ExampleProblem } from "./refusing_server.ts";

const PROMPT = "Once upon a time, there was a little girl named";
const LAYERS = [2, 7];
const DEMO_LENS = fileURLToPath(new URL("../../demo/lenses/tuned/", import.meta.url));
const OPERATIONS = ["createProbe", "putLens", "getLensWeights", "createImport", "createJob"] as const;

/** The document's example of every problem that an operation lists, by its name, and an operation of the walk that does. */
export async function exampleProblems(service: RunningService) {
  const document = await (await fetch(`${service.url}/openapi.json`)).json() as Json;
  const operations = Object.values(member(document, "paths")).flatMap((path) => Object.values(path as Json) as Json[]);
  const found = new Map<string, { readonly problem: ExampleProblem; readonly operation: typeof OPERATIONS[number] }>();
  const listed = new Set<string>();
  for (const id of [...OPERATIONS, ...operations.map(({ operationId }) => operationId as string)]) {
    const { responses } = operations.find(({ operationId }) => operationId === id)!;
    for (const response of Object.values(responses as Json) as Json[]) {
      const examples = ((response.content as Json)?.["application/problem+json"] as Json)?.examples ?? {};
      for (const name of Object.keys(examples)) {
        listed.add(name);
        const operation = OPERATIONS.find((it) => it === id);
        if (operation === undefined || found.has(name)) continue;
        const problem = member(document, "components", "examples", name, "value") as unknown as ExampleProblem;
        found.set(name, { problem, operation });
      }
    }
  }
  assert.deepEqual([...listed].filter((name) => !found.has(name)), [], "no operation of the walk lists these problems");
  assert.ok(found.size >= 30);
  return found;
}

/** The plan of a walk, with what the service says to plain fetch. */
export async function walkPlan(
  service: RunningService,
  urls: Pick<Plan, "busyUrl" | "refusingUrl">,
  problems: Awaited<ReturnType<typeof exampleProblems>>,
): Promise<Plan> {
  const { ids } = await service.json<{ ids: number[] }>("/tokenize", { prompt: PROMPT });
  const { readouts } = await service.json<{ readouts: Cell[] }>("/probe", {
    prompt: ids,
    lenses: ["logit", "tuned"],
    top_k: 3,
    track: [" Lily"],
    statistics: ["entropy", "cross_entropy"],
  });
  const activations = await service.post("/activations", { prompt: ids, layers: LAYERS, positions: "all" });
  const { shape, data } = float32Tensor(new Uint8Array(await activations.arrayBuffer()), `resid_post.${LAYERS[0]}`);
  const lensFile = `${DEMO_LENS}params.pt`;
  return {
    url: service.url,
    ...urls,
    problems: [...problems].map(([name, { problem: { status, detail }, operation }]) => ({
      name,
      status,
      detail,
      operation,
    })),
    prompt: PROMPT,
    ids,
    lensFile,
    lensBytes: (await Deno.stat(lensFile)).size,
    lensConfig: JSON.parse(await Deno.readTextFile(`${DEMO_LENS}config.json`)),
    cells: readouts,
    layers: LAYERS,
    dModel: shape[1]!,
    states: [...data.slice(0, 8)],
  };
}
