import assert from "node:assert/strict";
import { parseTemplate } from "./template.ts";

Deno.test("parseTemplate() fills names and keeps doubled braces as one", () => {
  const template = parseTemplate("{{x}} Question: {question}\nAnswer ({question}, {a b}):");
  assert.ok("names" in template);
  assert.deepEqual(template.names, ["question", "a b"]);
  assert.equal(template.fill({ question: "1 {2}?", "a b": "c" }), "{x} Question: 1 {2}?\nAnswer (1 {2}?, c):");
});

Deno.test("parseTemplate() says what is malformed", () => {
  for (const text of ["a { b", "a } b", "a {} b", "{{}"]) assert.ok("fault" in parseTemplate(text), text);
});
