import assert from "node:assert/strict";
import type { Frame } from "../../clients/typescript/midstream.ts";
import { ANYBODY } from "../../lab/keys/caller.ts";
import { runPrompts } from "../../routes/jobs/run_prompts.ts";
import { modelWhenLoaded } from "../../routes/loaded_model.ts";
import { memoryJobs } from "../../routes/testing/memory_jobs.ts";
import { memoryLens } from "../../routes/testing/memory_lens.ts";
import { memoryLenses } from "../../routes/testing/memory_lenses.ts";
import { testApp } from "../../routes/testing/test_app.ts";
import { Picture } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";
import { writeSeedCsv } from "./seed_csv_write.ts";

const ASKED = { sites: ["attn_out", "resid_mid", "mlp_out", "resid_post"], top_k: 12 };
const PROMPT = "Once upon a time";

async function serviceOf() {
  const store = memoryJobs();
  const lenses = memoryLenses([memoryLens({ id: "tuned", kind: "tuned", layers: [0, 1, 2, 3] })]);
  const service = await testApp({ jobs: Promise.resolve(store), lenses: Promise.resolve(lenses) });
  return { ...service, store };
}

async function pictureOf(question: object): Promise<Picture> {
  const { post } = await serviceOf();
  const stream = await (await post("/probe/stream", { prompt: PROMPT, ...ASKED, ...question })).text();
  const picture = new Picture();
  for (const line of stream.trimEnd().split("\n")) picture.add(JSON.parse(line) as Frame);
  return picture;
}

/** A job's results in the seed's form. */
async function seedOf(lens: string): Promise<string> {
  const { app, post, parts, store } = await serviceOf();
  await post("/jobs", { prompts: [PROMPT], lenses: [lens], ...ASKED });
  const model = modelWhenLoaded(parts);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const prompts = store.promptsOf("job-1").map((line, index) => ({ index, line }));
  const lines: string[] = [];
  for await (const { index, line } of runPrompts({ ...parts, model })(prompts, ANYBODY, new AbortController().signal)) {
    lines[index] = line;
  }
  store.advance("job-1", lines, { state: "succeeded" });
  const text = await (await app.request("/jobs/job-1/result?format=seed")).text();
  await store[Symbol.asyncDispose]();
  return text;
}

Deno.test("writeSeedCsv() writes what a job's result in the seed's form is, byte for byte", async () => {
  for (const [lens, spelling] of [["logit", "text"], ["tuned", "piece"]] as const) {
    const expected = await seedOf(lens);
    assert.equal(expected.split("\n").length, 6);
    for (const positions of ["last", "all"]) {
      assert.equal(writeSeedCsv(await pictureOf({ lenses: [lens], positions }), lens, spelling), expected);
    }
  }
});

Deno.test("writeSeedCsv() says what a picture lacks", async () => {
  const cases: [object, RegExp][] = [
    [{ sites: ["resid_post"] }, /needs attn_out of layer 0 by the lens logit at the last position/],
    [{ layers: [0, 2] }, /every layer from 0 on/],
    [{ positions: [0] }, /needs attn_out of layer 0/],
    [{ norm: "final" }, /not the final one/],
  ];
  for (const [question, message] of cases) {
    const picture = await pictureOf(question);
    assert.throws(() => writeSeedCsv(picture, "logit", "text"), (error) => {
      return error instanceof ExportFault && message.test(error.message);
    });
  }
});
