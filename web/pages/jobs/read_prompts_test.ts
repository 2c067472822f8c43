import assert from "node:assert/strict";
import { PromptsFault, type ReadAs, readPrompts } from "./read_prompts.ts";

const prompts = (text: string, as: ReadAs = "auto") => readPrompts(text, as).requests.map(({ prompt }) => prompt);

Deno.test("readPrompts() takes prompts one a line, as they are, however often", () => {
  assert.deepEqual(prompts("The sun\r\n\n The sun\nThe sun\n"), ["The sun", " The sun", "The sun"]);
  assert.deepEqual(prompts('He said "no"\n42\nnull'), ['He said "no"', "42", "null"]);
  assert.deepEqual(prompts('["a"]\nplain'), ['["a"]', "plain"]);
  assert.deepEqual(prompts('["a", "b"]', "lines"), ['["a", "b"]']);
  assert.deepEqual(prompts(""), []);
});

Deno.test("readPrompts() takes JSON: an array, or a value a line, a request each with its own members", () => {
  const chat = { messages: [{ role: "user", content: "x" }] };
  assert.deepEqual(prompts(JSON.stringify(["a\nb", [1, 2], chat], null, 1)), ["a\nb", [1, 2], chat]);
  assert.deepEqual(prompts("[1, 2]"), [[1, 2]]);
  assert.deepEqual(prompts('"a"\n"b"'), ["a", "b"]);
  const lines = '{"prompt": "a", "top_k": 3}\n{"prompt": [5]}\n';
  assert.deepEqual(readPrompts(lines, "auto").requests, [{ prompt: "a", top_k: 3 }, { prompt: [5] }]);
  assert.equal(readPrompts(lines, "auto").form, "a JSON value a line");
});

Deno.test("readPrompts() says where a text that is to be JSON is not, or holds no prompt", () => {
  const cases: [string, ReadAs, RegExp][] = [
    ['"a"\noops', "json", /^line 2 is not JSON/],
    ['["a", 7]', "auto", /^item 2 is no prompt/],
    ['{"prompt": "a"}\n{"promt": "b"}', "auto", /^line 2 is no prompt/],
  ];
  for (const [text, as, message] of cases) {
    assert.throws(() => readPrompts(text, as), (error) => error instanceof PromptsFault && message.test(error.message));
  }
});
