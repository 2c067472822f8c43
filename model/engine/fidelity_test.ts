import assert from "node:assert/strict";
import { join } from "node:path";
import { FORMAT } from "../checkpoint/convert/recipes.ts";
import { TemporaryFolder } from "../checkpoint/temporary_folder.ts";
import { type FidelityRecord, findFidelity } from "./fidelity.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const OUTPUT = { state: "resid_post.1", positions: 2000, kl: 1e-5, top1Agreement: 0.998, meanRank: 1.002 } as const;

function record(more: Partial<FidelityRecord> = {}): FidelityRecord {
  const q16 = { precision: "q16", weightsBytes: 1000, output: OUTPUT, states: [OUTPUT] } as const;
  return { model: "m", digest: DIGEST, format: FORMAT, corpus: "text", prompts: 9, precisions: [q16], ...more };
}

Deno.test("findFidelity() finds the figures of a model in its precision, and no others", async () => {
  await using folder = await TemporaryFolder.make();
  const write = (file: string, value: unknown) => Deno.writeTextFile(join(folder.path, file), JSON.stringify(value));
  const find = (digest: string, precision: "q16" | "q8" | "f32") =>
    findFidelity([join(folder.path, "none"), folder.path], { digest, precision });
  await write("a.json", record({ digest: `sha256:${"1".repeat(64)}` }));
  await write("b.json", record());
  assert.deepEqual(await find(DIGEST, "q16"), record().precisions[0]);
  for (const precision of ["q8", "f32"] as const) assert.equal(await find(DIGEST, precision), null);
  assert.equal(await find(`sha256:${"2".repeat(64)}`, "q16"), null);
});

Deno.test("findFidelity() reads nothing of other converted weights, nor a spoiled record", async () => {
  await using folder = await TemporaryFolder.make();
  const file = join(folder.path, "a.json");
  const spoiled = { ...OUTPUT, meanRank: 0 };
  const records = [
    record({ format: FORMAT + 1 }),
    record({ precisions: [{ ...record().precisions[0]!, output: spoiled }] }),
    { ...record(), digest: 3 },
  ];
  for (const text of [...records.map((one) => JSON.stringify(one)), "{", ""]) {
    await Deno.writeTextFile(file, text);
    assert.equal(await findFidelity([folder.path], { digest: DIGEST, precision: "q16" }), null, text);
  }
});
