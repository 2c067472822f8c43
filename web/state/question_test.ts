import assert from "node:assert/strict";
import { FIRST_QUESTION, fragmentOf, type Question, questionOf } from "./question.ts";

Deno.test("a link gives its question back, whatever the prompt holds", () => {
  const questions: Question[] = [
    FIRST_QUESTION,
    {
      ...FIRST_QUESTION,
      prompt: "a & b = 100%\n#<b>+ é 😀",
      lens: "tuned",
      site: "mlp_out",
      colour: "entropy",
      log: true,
    },
    { ...FIRST_QUESTION, prompt: "", cell: { position: 0, layer: "output" } },
    { ...FIRST_QUESTION, cell: { position: 4095, layer: 31 } },
    { ...FIRST_QUESTION, view: "follow", pins: [386, 0, 518], all: true },
    {
      ...FIRST_QUESTION,
      view: "last",
      plain: true,
      chat: true,
      page: "lenses",
      turns: [{ role: "system", content: 'a\n"b' }],
    },
    { ...FIRST_QUESTION, page: "jobs", job: { id: "a_B-9", prompt: 0 } },
    { ...FIRST_QUESTION, page: "jobs", job: { id: "x", prompt: null } },
    { ...FIRST_QUESTION, view: "compare", against: "jacobian", beside: "sites", stride: 4 },
    { ...FIRST_QUESTION, view: "compare", difference: "jsd_against", zoom: "colour" },
  ];
  for (const question of questions) assert.deepEqual(questionOf(fragmentOf(question)), question);
});

Deno.test("what a link lacks, or has wrong, is as at first", () => {
  for (
    const fragment of [
      "",
      "#",
      "#site=none&cell=x.y",
      "#cell=-1.2&log=yes",
      "#%E0%A4%A",
      "#__proto__=1",
      "#beside=toString&pins=1.x&stride=3&zoom=huge&turns=[[1,2]]",
      "#turns={}",
      "#job=a.b.1",
      "#job=1",
      "#turns=[",
    ]
  ) {
    assert.deepEqual(questionOf(fragment), FIRST_QUESTION);
  }
});

Deno.test("a token is followed once, and no more tokens than can be told apart", () => {
  assert.deepEqual(questionOf("#pins=5.5.6").pins, [5, 6]);
  assert.equal(questionOf("#pins=1.2.3.4.5.6.7.8.9.10").pins.length, 8);
});
