import assert from "node:assert/strict";
import { memoryLens } from "../../routes/testing/memory_lens.ts";
import { memoryLenses } from "../../routes/testing/memory_lenses.ts";
import { testApp } from "../../routes/testing/test_app.ts";
import type { DroppedFile } from "../../web/formats/dropped_file.ts";
import {
  LOGITLENS_V1,
  LOGITLENS_V2,
  NNSIGHTFUL,
  NNSIGHTFUL_JACOBIAN,
  SEED_PIECES,
  SEED_TEXT,
  SEED_WHOLE,
  sliceFiles,
  utf8,
} from "../../web/formats/testing/small_files.ts";

/** A text of every file: no message may have it. */
export const CONTENT = "CONFIDENTIAL";

/** Files of every format that is read, each one right. */
export async function importSeeds(): Promise<readonly (readonly DroppedFile[])[]> {
  const slice = await sliceFiles();
  const texts = [
    ...await answers(),
    SEED_TEXT.replace("Lily", CONTENT),
    SEED_PIECES.replace("Lily", CONTENT),
    SEED_WHOLE.replaceAll("the", CONTENT),
    ...[LOGITLENS_V1, LOGITLENS_V2, NNSIGHTFUL, NNSIGHTFUL_JACOBIAN].map((file) =>
      JSON.stringify(file).replaceAll(/"(a| the|The|x)"/g, `"${CONTENT}$1"`)
    ),
  ];
  const meta = utf8(new TextDecoder().decode(slice[0]!.bytes).replaceAll("three", CONTENT));
  return [
    ...texts.map((text) => [{ name: "file", bytes: utf8(text) }]),
    [{ ...slice[0]!, bytes: meta }, ...slice.slice(1)],
    [{ name: "a.csv", bytes: utf8(SEED_TEXT) }, { name: "b.json", bytes: utf8(texts[0]!) }],
  ];
}

/** The service's own: JSON, streams, a batch, and its lines. */
async function answers(): Promise<string[]> {
  const lenses = memoryLenses([memoryLens({ id: "tuned", kind: "tuned", layers: [0, 2] })]);
  const { post } = await testApp({ lenses: Promise.resolve(lenses) });
  const question = {
    positions: [-2, -1],
    lenses: ["logit", "tuned"],
    against: "tuned",
    layers: [1, 3],
    top_k: 2,
    track_ids: [9],
    statistics: ["entropy", "next_rank", "agrees", "agrees_against"],
  };
  const one = { prompt: " Once upon a time", ...question };
  const two = { prompts: ["Once", [999]], ...question, positions: "last" };
  const asked = [["/probe", one], ["/probe/stream", one], ["/probe/batch", two], ["/probe/batch/stream", two]] as const;
  const texts = await Promise.all(asked.map(async ([path, body]) => {
    const response = await post(path, body);
    assert.equal(response.status, 200);
    return await response.text();
  }));
  return texts.map((text) => text.replaceAll(/"text":"[^"]*"/g, `"text":"${CONTENT}"`));
}
