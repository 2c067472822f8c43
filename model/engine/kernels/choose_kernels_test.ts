import assert from "node:assert/strict";
import { join } from "node:path";
import { convert } from "../../checkpoint/convert/convert.ts";
import { openConverted } from "../../checkpoint/convert/open_converted.ts";
import { openCheckpoint } from "../../checkpoint/folder.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { type ByteKernel, HALVES_KERNELS } from "../../checkpoint/matrix.ts";
import { TemporaryFolder } from "../../checkpoint/temporary_folder.ts";
import { chooseKernels } from "./choose_kernels.ts";
import type { KernelTable } from "./kernel_table.ts";

const GOLDEN = new URL("../../../tests/golden/architectures/", import.meta.url).pathname;
const source = await openCheckpoint(`${GOLDEN}llama-gqa-tied`);

async function converted(dataFolder: string): Promise<Checkpoint> {
  return await openConverted(source, "q16", await convert(source, "q16", { dataFolder, threads: 2 }), "u8s8-stacked");
}

/** Chooses, and says what was timed for it: null where a table was remembered. */
async function choose(checkpoint: Checkpoint, dataFolder: string, exact: readonly ByteKernel[] = ["u8s8", "u8u8"]) {
  let table: KernelTable | null = null;
  const onTable = (found: KernelTable, timed: boolean) => table = timed ? found : null;
  const { matrices } = await chooseKernels(checkpoint, { threads: 2, exact, dataFolder, leastWeights: 0, onTable });
  return { matrices: matrices!, table: table as KernelTable | null };
}

function kernelOf({ matrices }: Pick<Checkpoint, "matrices">, name: string) {
  const matrix = matrices!.get(name)!;
  assert.ok(matrix.form === "halves");
  return matrix.kernel;
}

const Q_PROJ = "model.layers.1.self_attn.q_proj.weight";

Deno.test("chooseKernels() times every kind of matrix once for a processor and remembers the table", async () => {
  await using data = await TemporaryFolder.make();
  const checkpoint = await converted(data.path);
  const first = await choose(checkpoint, data.path);
  const { entries } = first.table!;
  assert.deepEqual(
    entries.flatMap(({ kinds }) => kinds).sort(),
    ["down_proj", "gate_proj", "k_proj", "lm_head", "o_proj", "q_proj", "up_proj", "v_proj"],
  );
  for (const { chosen, times } of entries) {
    assert.ok(times[chosen]!.every((time) => time !== null && time > 0), "what is chosen was timed at every row count");
  }
  const again = await choose(checkpoint, data.path);
  assert.equal(again.table, null);
  assert.deepEqual(again.matrices, first.matrices);
});

Deno.test("chooseKernels() has a matrix multiplied as the remembered table says, and times anew where that is spoiled", async () => {
  await using data = await TemporaryFolder.make();
  const checkpoint = await converted(data.path);
  await choose(checkpoint, data.path);
  const [{ name }] = await Array.fromAsync(Deno.readDir(join(data.path, "kernels"))) as [Deno.DirEntry];
  const file = join(data.path, "kernels", name);
  const written = JSON.parse(await Deno.readTextFile(file));
  for (const kernel of Object.keys(HALVES_KERNELS)) {
    for (const entry of written.entries) if (entry.kinds.includes("q_proj")) entry.chosen = kernel;
    await Deno.writeTextFile(file, JSON.stringify(written));
    const found = await choose(checkpoint, data.path);
    assert.equal(found.table, null);
    assert.equal(kernelOf(found, Q_PROJ), kernel);
  }
  for (const spoiled of ["{", "{}", JSON.stringify({ ...written, key: "another machine" })]) {
    await Deno.writeTextFile(file, spoiled);
    assert.notEqual((await choose(checkpoint, data.path)).table, null);
  }
});

Deno.test("chooseKernels() leaves small matrices to the usual kernel, untimed", async () => {
  await using data = await TemporaryFolder.make();
  const checkpoint = await converted(data.path);
  const onTable = () => assert.fail("timed");
  const options = { threads: 2, exact: ["u8s8", "u8u8"], dataFolder: data.path, onTable } as const;
  assert.deepEqual((await chooseKernels(checkpoint, options)).matrices, checkpoint.matrices);
});

Deno.test("chooseKernels() keeps to products that are exact, and does without a folder that it can write", async () => {
  await using data = await TemporaryFolder.make();
  const checkpoint = await converted(data.path);
  await Deno.writeTextFile(join(data.path, "kernels"), "in the way");
  const { table, matrices } = await choose(checkpoint, data.path, ["u8u8"]);
  for (const { times } of table!.entries) assert.deepEqual(Object.keys(times), ["u8u8-stacked", "u8u8-apart"]);
  assert.match(kernelOf({ matrices }, Q_PROJ), /^u8u8/);
});
