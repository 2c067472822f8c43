import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryFolder } from "../model/checkpoint/temporary_folder.ts";
import type { ProbeAnswer } from "./service/answers.ts";
import { GOLDEN, readJson } from "./service/golden_files.ts";
import { runMain } from "./service/run_main.ts";
import { runService } from "./service/running_service.ts";

interface Case {
  readonly file: string;
  readonly as: string;
  readonly kind: string;
  readonly verdict: "accept" | "reject";
  readonly expect_any?: readonly string[];
}

const SET = `${GOLDEN}/badfiles`;
const CASES = readJson<{ files: Case[] }>(`${SET}/manifest.json`).files.filter(({ kind }) => kind === "model.gguf");

for (const { file, as, verdict, expect_any: words = [] } of CASES) {
  const wanted = verdict === "accept" ? "answers from" : "says in one line, and exits 1, why it does not read";
  Deno.test(`the service ${wanted} ${file}`, async () => {
    await using folder = await TemporaryFolder.make();
    const model = join(folder.path, as);
    await Deno.copyFile(join(SET, file), model);
    if (verdict === "accept") await answers(model);
    else await refuses(model, as, words);
  });
}

async function answers(model: string): Promise<void> {
  await using service = await runService(["--model", model]);
  const { layers, vocabulary } = await (await fetch(`${service.url}/model`)).json();
  const answer = await service.json<ProbeAnswer>("/probe", { prompt: [5, 9, 2], top_k: 3 });
  assert.equal(answer.readouts.length, layers);
  for (const { top } of [...answer.readouts, ...answer.output]) {
    assert.equal(top.length, 3);
    assert.ok(top.every(({ id, logprob }) => id < vocabulary && Number.isFinite(logprob) && logprob <= 0));
  }
}

async function refuses(model: string, name: string, words: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runMain(["--model", model]);
  assert.deepEqual([code, stdout], [1, ""]);
  const lines = stderr.trimEnd().split("\n").filter((line) => !line.includes("INF"));
  assert.equal(lines.length, 1, stderr);
  assert.ok(lines[0]!.includes(name), stderr);
  assert.ok(words.some((word) => lines[0]!.toLowerCase().includes(word.toLowerCase())), stderr);
  assert.doesNotMatch(lines[0]!, /\bat file:|\/tmp\//);
}
