import assert from "node:assert/strict";
import { memoryLens } from "../testing/memory_lens.ts";
import { memoryLenses } from "../testing/memory_lenses.ts";
import { testApp } from "../testing/test_app.ts";
import { percent } from "./text.ts";
import { displayWidth } from "./visible.ts";

async function pictureOf(body: Record<string, unknown>) {
  const { post } = await testApp();
  const response = await post("/probe", { prompt: " Once upon a time", ...body }, { Accept: "text/plain" });
  return await response.text();
}

Deno.test("text/plain is an aligned table, layers downwards, the output under the rule", async () => {
  const picture = await pictureOf({ top_k: 2, track: [" Lily"] });
  assert.equal(
    picture,
    `memory · f32 · norm own · 5 tokens
<s>·Once·upon·a·time

position 4 · after ·time · logit lens of resid_post
                     kl
                 output  output
 layer  entropy    lens    rank   1          2           ·Lily
     0     2.40   15.09      43   v     15%  ·upon 15%     #36  ~0%
     1     2.38    3.55       9   <unk> 19%  e     17%      #5 7.9%
     2     2.17   11.33      27   ?     27%  ····  25%     #21  ~0%
     3     2.16    0.00       1   w     23%  ·a    21%     #16 0.1%
───────────────────────────────────────────────────────────────────
output     2.16                   w     23%  ·a    21%     #16 0.1%

4 rows decoded · forward 1.5 ms · lens 0.3 ms
`,
  );
});

Deno.test("text/plain puts two lenses of one site beside each other, blank where one has no layer", async () => {
  const { post } = await testApp({
    lenses: Promise.resolve(memoryLenses([memoryLens({ id: "sparse", kind: "jacobian", layers: [0, 2] })])),
  });
  const request = {
    prompt: " Once upon a time",
    lenses: ["logit", "sparse"],
    top_k: 1,
    statistics: ["kl_output_lens"],
  };
  const response = await post("/probe", request, { Accept: "text/plain" });
  const picture = await response.text();
  assert.equal(
    picture.split("\n").slice(3, -3).join("\n"),
    `position 4 · after ·time · logit and sparse lens of resid_post
            logit                   sparse
                kl                      kl
            output                  output
 layer        lens   1                lens   1
     0       15.09   v     15%       14.75   1 14%
     1        3.55   <unk> 19%
     2       11.33   ?     27%        7.84   q 24%
     3        0.00   w     23%        0.00   w 23%
──────────────────────────────────────────────────
output               w     23%               w 23%`,
  );
});

Deno.test("text/plain keeps columns aligned beside wide, combining and invisible characters", async () => {
  // All 48 tokens in each line: 小 takes two columns, the accent none, the zero-width space shows as its code.
  const picture = await pictureOf({ top_k: 48, statistics: [] });
  const start = picture.indexOf(" layer");
  const table = picture.slice(start).split("\n").slice(1, 5);
  assert.ok(table.every((line) => /小/.test(line) && /◌\u0301/.test(line) && /‹200B›/.test(line) && /⏎/.test(line)));
  assert.equal(new Set(table.map((line) => displayWidth(line))).size, 1);
});

Deno.test("text/plain shows no token where none is asked for, and – where a value is null", async () => {
  const picture = await pictureOf({ top_k: 0, statistics: ["cross_entropy", "agrees"], layers: [0, 3] });
  assert.match(picture, / {2}layer {2}entropy {2}agrees|cross\n {1,2}layer/);
  assert.match(picture, /0 +– +no\n/);
  assert.match(picture, /3 +– +yes\n/);
});

Deno.test("percent() takes four columns", () => {
  assert.deepEqual([1, 0.543, 0.0996, 0.0994, 0.0051, 0.0004].map(percent), [
    "100%",
    "54%",
    "10%",
    "9.9%",
    "0.5%",
    "~0%",
  ]);
});
