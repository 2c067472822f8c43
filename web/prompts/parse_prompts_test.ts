import assert from "node:assert/strict";
import { BUILT_IN_SET } from "./built_in_set.ts";
import { MOST_CHARACTERS, parsePrompts } from "./parse_prompts.ts";
import { PromptSetFault } from "./prompt_set.ts";

const promptsOf = (name: string, text: string) => parsePrompts(name, text).prompts;

Deno.test("prompts are lines, whatever their ends; empty ones and repetitions are left out", () => {
  assert.deepEqual(parsePrompts("", "\uFEFFOne, two\r\n\r\n  \n Three \nOne, two\n"), {
    prompts: ["One, two", " Three "],
    repeated: 1,
  });
  assert.deepEqual(promptsOf("set.txt", "[INST] one\n{ two"), ["[INST] one", "{ two"]);
  assert.deepEqual(promptsOf("set.txt", "text, and more\nprompt"), ["text, and more", "prompt"]);
});

Deno.test("prompts are a JSON array, lines of JSON, or a member of an object, with texts or objects", () => {
  assert.deepEqual(promptsOf("", '["a\\nb", {"prompt": "c"}, {"id": 3, "question": "d"}]'), ["a\nb", "c", "d"]);
  assert.deepEqual(promptsOf("x.json", '{"prompts": ["a", "b"]}'), ["a", "b"]);
  assert.deepEqual(promptsOf("x.json", '{"prompt": "a"}'), ["a"]);
  assert.deepEqual(promptsOf("x.jsonl", '{"text": "a"}\n\n{"text": "b"}\n'), ["a", "b"]);
  assert.deepEqual(promptsOf("x.jsonl", '"a"\n"b"'), ["a", "b"]);
  assert.deepEqual(promptsOf("", '{"__proto__": {"prompt": "x"}, "text": "y"}'), ["y"]);
});

Deno.test("prompts are the named column of a CSV, or its only one", () => {
  assert.deepEqual(promptsOf("x.csv", 'id,Prompt\n1,"a, b"\n2,"c ""d"""\n3,\n'), ["a, b", 'c "d"']);
  assert.deepEqual(promptsOf("x.CSV", "one\ntwo\n"), ["one", "two"]);
  assert.deepEqual(promptsOf("x.csv", "question\ntwo\n"), ["two"]);
  assert.deepEqual(promptsOf("", "id,question\n1,a\n"), ["a"]);
});

Deno.test("what is no set of prompts is refused, with what would be right", () => {
  for (
    const [name, text, message] of [
      ["", "", /no prompt was found/],
      ["", "  \n ", /no prompt was found/],
      ["x.txt", "a\0b", /not text/],
      ["x.json", "[1", /not JSON/],
      ["x.json", "[1]", /value 1 is neither/],
      ["x.json", '["a", null]', /value 2 is neither/],
      ["x.json", "[[]]", /value 1 is neither/],
      ["x.csv", "a,b\n1,2\n", /columns are a, b/],
      ["x.csv", 'prompt,b\n"1,2\n', /quoted field/],
      ["", "x".repeat(MOST_CHARACTERS + 1), /characters/],
      ["", Array.from({ length: 1001 }, (_, at) => at).join("\n"), /1000 at most/],
    ] as const
  ) {
    assert.throws(() => parsePrompts(name, text), (error: Error) => {
      assert.ok(error instanceof PromptSetFault, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("any text is a set of prompts or a fault", () => {
  const letters = ['"', ",", "\n", "[", "]", "{", "}", ":", "a", "\\", "prompt", "1", "\r", " "];
  let seed = 1;
  const random = (below: number) => (seed = seed * 48271 % 2147483647) % below;
  for (let run = 0; run < 5000; run++) {
    const text = Array.from({ length: random(14) }, () => letters[random(letters.length)]).join("");
    const name = ["", "x.csv", "x.json", "x.txt"][random(4)]!;
    try {
      const { prompts } = parsePrompts(name, text);
      assert.ok(prompts.length > 0 && prompts.every((prompt) => prompt.trim() !== ""), text);
    } catch (error) {
      assert.ok(error instanceof PromptSetFault, `${name} ${JSON.stringify(text)}: ${error}`);
    }
  }
});

Deno.test("the set that is there has prompts of one line, each once", () => {
  assert.deepEqual(promptsOf("", BUILT_IN_SET.prompts.join("\n")), BUILT_IN_SET.prompts);
});
