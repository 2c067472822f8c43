import assert from "node:assert/strict";
import { DEMO } from "../service/golden_files.ts";
import { runService } from "../service/running_service.ts";
import { answerCells, type Cell } from "./answer_cells.ts";
import { compareCells, compareTensors, F32_TOLERANCE } from "./compare_answers.ts";
import { askAlone, poolPost, type Reference } from "./reference.ts";
import { requestPool } from "./request_pool.ts";
import { soak } from "./soak.ts";

const SECONDS = 20;
const BOUNDS = { vocabulary: 4096, layers: 8, longest: 512, lenses: ["tuned", "jacobian"] };

Deno.test(`${SECONDS} s of mixed requests, hang-ups and bad ones: each answer as computed alone, no 5xx`, async () => {
  await using running = await runService();
  const references: Reference[] = [];
  for (const request of requestPool(40, 7, BOUNDS)) references.push(await askAlone(running.url, request));
  const said: string[] = [];
  const counts = await soak({
    ...{ url: running.url, references, tolerance: F32_TOLERANCE, tell: (line) => said.push(line) },
    ...{ seconds: SECONDS, clients: 6, seed: 7, upload: { file: `${DEMO}/lenses/tuned/params.pt`, known: "tuned" } },
  });
  console.log(`  ${JSON.stringify(counts)}`);
  assert.deepEqual(said, []);
  assert.deepEqual([counts.wrong, counts.serverErrors, counts.failed], [0, 0, 0]);
  assert.ok(counts.compared > 50 && counts.hungUp > 0 && counts.bad["4xx"]! > 0, JSON.stringify(counts));
});

Deno.test("every form of an answer is read as the same cells", async () => {
  await using running = await runService();
  for (const request of requestPool(20, 3, { ...BOUNDS, longest: 40 })) {
    const reference = await askAlone(running.url, request);
    const response = await fetch(running.url + request.path, poolPost(request));
    if (request.form === "safetensors") {
      const bytes = await response.bytes();
      assert.deepEqual(compareTensors(bytes, reference.tensors, F32_TOLERANCE), []);
      bytes[bytes.length - 1]! ^= 0x40;
      assert.notDeepEqual(compareTensors(bytes, reference.tensors, F32_TOLERANCE), [], "a changed state is found");
      continue;
    }
    const cells = answerCells(request.form, await response.text());
    assert.ok(cells.length > 1);
    assert.deepEqual(compareCells(cells, reference.cells, F32_TOLERANCE), [], `${request.form} ${request.path}`);
  }
});

Deno.test("compareCells() finds what is changed, and lets neighbours that are equally likely trade places", () => {
  const top = [{ id: 1, logprob: -1 }, { id: 2, logprob: -2 }, { id: 3, logprob: -2.0001 }];
  const cell: Cell = { key: "0", top, tracked: [{ id: 5, logprob: -9, rank: 40 }], statistics: { kl: 1, next: null } };
  const faults = (change: Partial<Cell>) => compareCells([{ ...cell, ...change }], [cell], F32_TOLERANCE).length;
  assert.equal(faults({}), 0);
  assert.equal(faults({ top: [top[0]!, { id: 3, logprob: -2 }, { id: 2, logprob: -2.0001 }] }), 0);
  assert.equal(faults({ top: [{ id: 2, logprob: -1 }, { id: 1, logprob: -2 }, top[2]!] }), 2);
  assert.equal(faults({ top: [{ id: 1, logprob: -1.001 }, top[1]!, top[2]!] }), 1);
  assert.equal(faults({ top: top.slice(1) }), 1);
  assert.equal(faults({ key: "1" }), 1);
  assert.equal(faults({ tracked: [{ id: 5, logprob: -9, rank: 44 }] }), 1);
  assert.equal(faults({ statistics: { kl: 1.01, next: null } }), 1);
  assert.equal(faults({ statistics: { kl: 1, next: 3 } }), 1);
  assert.equal(compareCells([], [cell], F32_TOLERANCE).length, 1);
});
