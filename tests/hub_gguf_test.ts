import assert from "node:assert/strict";
import { join } from "node:path";
import { COMMIT_A, COMMIT_B, TestHub } from "../model/checkpoint/hub/test_hub.ts";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import type { ProbeAnswer } from "./service/answers.ts";
import { GOLDEN } from "./service/golden_files.ts";
import { runMain } from "./service/run_main.ts";
import { runService } from "./service/running_service.ts";

const NAME = "ada/tiny-GGUF";
const FILE = "tiny.gguf";
const IDS = [7, 3, 44, 21, 59, 0];

const fileOf = (name: string) => `${GOLDEN}/badfiles/${name}.gguf`;
/** Another model at each commit, under the same name. */
const MAIN_FILE = fileOf("gguf-ok-q8_0");
const OTHER_FILE = fileOf("gguf-ok-mixed-k");

async function tinyHub(): Promise<TestHub> {
  const [main, other] = await Promise.all([MAIN_FILE, OTHER_FILE].map((file) => Deno.readFile(file)));
  return new TestHub([{
    id: NAME,
    commits: {
      [COMMIT_A]: { [FILE]: main!, "sub/tiny.Q4_0.gguf": other!, "README.md": new Uint8Array(9) },
      [COMMIT_B]: { [FILE]: other! },
    },
    refs: { main: COMMIT_A, "v2": COMMIT_B },
  }]);
}

interface Answered {
  readonly id: string;
  readonly digest: string;
  readonly precision: string;
  readonly answer: ProbeAnswer;
}

async function answered(model: string, env: Record<string, string> = {}): Promise<Answered> {
  await using service = await runService(["--model", model], env);
  const { id, digest, precision } = await (await fetch(`${service.url}/model`)).json();
  return { id, digest, precision, answer: await service.json<ProbeAnswer>("/probe", { prompt: IDS, top_k: 5 }) };
}

Deno.test("a GGUF of the hub starts by its name, at its revision, offline once it is there, and answers as the file does", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = await tinyHub();
  const env = { HF_HOME: cache.path, HF_ENDPOINT: hub.endpoint };
  for (const [name, file] of [[`${NAME}:${FILE}`, MAIN_FILE], [`${NAME}@v2:${FILE}`, OTHER_FILE]] as const) {
    await using folder = await TemporaryFolder.make();
    const local = join(folder.path, FILE);
    await Deno.copyFile(file, local);
    const expected = await answered(local);
    const found = await answered(name, env);
    assert.equal(found.id, `${NAME}:${FILE}`);
    assert.deepEqual([found.digest, found.precision], [expected.digest, "gguf"]);
    assert.deepEqual(found.answer.output, expected.answer.output);
    assert.deepEqual(found.answer.readouts, expected.answer.readouts);
  }
  const served = hub.bytesServed;
  const again = await answered(`${NAME}:${FILE}`, { ...env, HF_HUB_OFFLINE: "1" });
  assert.equal(again.id, `${NAME}:${FILE}`);
  assert.equal(hub.bytesServed, served);
});

Deno.test("a GGUF that the hub lacks is refused in one line that names those it has", async () => {
  await using cache = await TemporaryFolder.make();
  await using hub = await tinyHub();
  const env = { HF_HOME: cache.path, HF_ENDPOINT: hub.endpoint };
  for (
    const [name, wanted] of [
      [`${NAME}:none.gguf`, /has no file none\.gguf: it has sub\/tiny\.Q4_0\.gguf, tiny\.gguf\./],
      [`${NAME}@v2:none.gguf`, /has no file none\.gguf: it has tiny\.gguf\./],
      [NAME, /has no config\.json; name one of its GGUF files, as in ada\/tiny-GGUF:sub\/tiny\.Q4_0\.gguf\./],
      [`${NAME}@v3:${FILE}`, /v3/],
    ] as const
  ) {
    const { code, stdout, stderr } = await runMain(["--model", name], env);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, wanted);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.doesNotMatch(stderr, /\bat file:/);
  }
  assert.equal(hub.bytesServed, 0);
});
