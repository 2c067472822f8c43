import assert from "node:assert/strict";
import { FIRST_DRAFT, type JobChoices, type JobDraft } from "./job_draft.ts";
import { type DraftPrompts, draftPrompts, jobBody } from "./job_request.ts";

const CHOICES: JobChoices = { ...FIRST_DRAFT.choices, lenses: ["logit"], top_k: 3 };
const promptsOf = (draft: Partial<JobDraft>) => draftPrompts({ ...FIRST_DRAFT, ...draft }) as DraftPrompts;
const sent = async (prompts: DraftPrompts, most = 1e6) => {
  const { type, body } = jobBody(prompts, CHOICES, most);
  return [type, await body.text()] as const;
};

Deno.test("a job of prompts that are asked alike is one object, or lines where that is too large", async () => {
  const prompts = promptsOf({ text: "a\nb" });
  assert.equal(prompts.said, "2 prompts, one prompt a line");
  const [type, text] = await sent(prompts);
  assert.equal(type, "application/json");
  assert.deepEqual(JSON.parse(text), { prompts: ["a", "b"], ...CHOICES });
  const [lineType, lines] = await sent(prompts, 50);
  assert.equal(lineType, "application/x-ndjson");
  assert.deepEqual(lines.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { ...CHOICES, prompt: "a" },
    { ...CHOICES, prompt: "b" },
  ]);
});

Deno.test("what a line says of itself counts before the choices", async () => {
  const prompts = promptsOf({ text: '{"prompt": "a", "top_k": 1}\n{"prompt": "b"}' });
  const [type, lines] = await sent(prompts);
  assert.equal(type, "application/x-ndjson");
  assert.deepEqual(lines.trimEnd().split("\n").map((line) => JSON.parse(line).top_k), [1, 3]);
});

Deno.test("a template is filled as the service fills it, and what does not fit is said", async () => {
  const draft = { from: "template", template: "A {who} {{x}}", values: "who,age\ngirl,3\ndog,4" } as const;
  const prompts = promptsOf(draft);
  assert.deepEqual(prompts.requests, [{ prompt: "A girl {x}" }, { prompt: "A dog {x}" }]);
  assert.equal(prompts.said, "2 prompts; not in the template: age");
  const { template, values } = JSON.parse((await sent(prompts))[1]);
  assert.deepEqual([template, values], [draft.template, [{ who: "girl", age: "3" }, { who: "dog", age: "4" }]]);
  assert.deepEqual(draftPrompts({ ...FIRST_DRAFT, ...draft, template: "{what}" }), {
    place: "values",
    fault: "the template's {what} is no column; there are: who, age",
  });
  const open = draftPrompts({ ...FIRST_DRAFT, ...draft, template: "{" });
  assert.equal("place" in open && open.place, "template");
});
