import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convert } from "../../model/checkpoint/convert/convert.ts";
import { VALUES_FILE, weightsFolder } from "../../model/checkpoint/convert/weights_folder.ts";
import { openCheckpoint } from "../../model/checkpoint/folder.ts";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { SeededRandom } from "./seeded_random.ts";

const MODEL = fileURLToPath(new URL("../../demo/model", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../../scripts/convert.ts", import.meta.url));
const PRECISION = "q4";
const KILLS = 20;
const THREADS = 2;

/** Starts a conversion and kills it some milliseconds after it has begun to write. @returns whether it was still writing */
async function killedConversion(dataFolder: string, partial: string, afterMs: number): Promise<boolean> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", SCRIPT, "--model", MODEL, "--precision", PRECISION, "--data", dataFolder],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = process.status.finally(() => ended = true);
  while (!ended && !exists(partial)) await new Promise((done) => setTimeout(done, 1));
  await new Promise((done) => setTimeout(done, afterMs));
  const killed = !ended;
  if (killed) process.kill("SIGKILL");
  await status;
  return killed;
}

Deno.test(`a conversion killed ${KILLS} times leaves nothing that the next start takes for weights`, async () => {
  const model = await openCheckpoint(MODEL);
  const threads = { threads: THREADS };
  await using other = await TemporaryFolder.make();
  const undisturbed = await convert(model, PRECISION, { dataFolder: other.path, ...threads });
  const expected = await Deno.readFile(join(undisturbed, VALUES_FILE));
  const random = new SeededRandom(6);
  await using data = await TemporaryFolder.make();
  const { path, partial } = weightsFolder(data.path, model.digest, PRECISION);
  let whileWriting = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const killed = await killedConversion(data.path, partial, random.below(150));
    if (killed && exists(partial)) whileWriting++;
    // What has its name is whole, whenever the process was killed.
    if (exists(path)) assert.deepEqual(await Deno.readFile(join(path, VALUES_FILE)), expected);
    const folder = await convert(model, PRECISION, { dataFolder: data.path, ...threads });
    assert.deepEqual(await Deno.readFile(join(folder, VALUES_FILE)), expected);
    assert.ok(!exists(partial));
    await Deno.remove(path, { recursive: true });
  }
  assert.ok(whileWriting >= KILLS / 4, `only ${whileWriting} of ${KILLS} were killed while they wrote`);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
