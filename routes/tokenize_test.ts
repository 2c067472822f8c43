import assert from "node:assert/strict";
import { testApp } from "./testing/test_app.ts";

Deno.test("POST /tokenize gives the ids that a probe would run, each with piece and text", async () => {
  const { post } = await testApp();
  const response = await post("/tokenize", { prompt: " a\n" });
  assert.deepEqual(await response.json(), {
    ids: [1, 7, 3],
    tokens: [
      { position: 0, id: 1, piece: "<s>", text: "" },
      { position: 1, id: 7, piece: "▁a", text: " a" },
      { position: 2, id: 3, piece: "<0x0A>", text: "\n" },
    ],
  });
  assert.match(response.headers.get("Server-Timing")!, /^tokenize;dur=/);
  const bare = await post("/tokenize", {
    prompt: { messages: [{ role: "user", content: "a" }] },
    add_special_tokens: false,
  });
  assert.deepEqual((await bare.json()).ids, [1, 16]);
});

Deno.test("POST /tokenize takes no ids, and no text beyond what a prompt may have", async () => {
  const { post } = await testApp();
  assert.equal((await post("/tokenize", { prompt: [1] })).status, 422);
  assert.equal((await post("/tokenize", { prompt: "a".repeat(100) })).status, 422);
});

Deno.test("POST /detokenize gives the text of ids together and each alone", async () => {
  const { post } = await testApp();
  const answer = await (await post("/detokenize", { ids: [1, 5, 4, 12] })).json();
  assert.equal(answer.text, " Once小");
  assert.deepEqual(answer.tokens.map((it: { piece: string }) => it.piece), ["<s>", "▁Once", "<0xE2>", "小"]);
  const refused = await (await post("/detokenize", { ids: [1, 48] })).json();
  assert.deepEqual(refused.errors.map((it: { pointer: string }) => it.pointer), ["/ids/1"]);
});

Deno.test("POST /detokenize needs a tokenizer", async () => {
  const { post } = await testApp({ tokenizer: Promise.resolve({ unavailable: "the model has no tokenizer.json" }) });
  assert.equal((await (await post("/detokenize", { ids: [1] })).json()).type, "urn:midstream:problem:no-tokenizer");
  assert.equal((await (await post("/tokenize", { prompt: "a" })).json()).type, "urn:midstream:problem:no-tokenizer");
});
