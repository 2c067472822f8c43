import assert from "node:assert/strict";
import { chatTemplate } from "./tokenizer_chat.ts";
import { createTokenizer, TokenizerError } from "./tokenizer.ts";

/** What Llama-2-chat expects: system text inside the first [INST], roles in turn. */
const LLAMA_2 = `{% if messages[0]['role'] == 'system' %}
{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}{% set turns = messages[1:] %}
{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}
{% for message in turns %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}
{% if message['role'] == 'user' %}
{{ bos_token + '[INST] ' + (system if loop.index0 == 0 else '') + message['content'] | trim + ' [/INST]' }}
{%- else %}
{{ ' ' + message['content'] | trim + ' ' + eos_token }}
{%- endif %}
{% endfor %}`;

const CHATML = `{% for m in messages %}<|{{ m.role }}|>{{ m.content }}
{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;

const tokens = { bos_token: "<s>", eos_token: { content: "</s>", __type: "AddedToken" } };

Deno.test("chatTemplate() writes Llama-2's turns with the config's special tokens", () => {
  const render = chatTemplate({ ...tokens, chat_template: LLAMA_2 }, undefined);
  assert.equal(
    render?.([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi " },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: "Bye" },
    ]),
    "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Yes? </s><s>[INST] Bye [/INST]",
  );
});

Deno.test("chatTemplate() asks for the generation prompt, takes the default of several, and prefers the file", () => {
  const say = [{ role: "user", content: "Hi" }];
  assert.equal(chatTemplate({ chat_template: CHATML }, undefined)?.(say), "<|user|>Hi\n<|assistant|>");
  const several = [{ name: "tool_use", template: "tools" }, { name: "default", template: CHATML }];
  assert.equal(chatTemplate({ chat_template: several }, undefined)?.(say), "<|user|>Hi\n<|assistant|>");
  assert.equal(chatTemplate({ chat_template: CHATML }, "file")?.(say), "file");
  assert.equal(chatTemplate({}, undefined), undefined);
});

Deno.test("chatTemplate() refuses with the template's own words, and a template that cannot be parsed", () => {
  const render = chatTemplate({ ...tokens, chat_template: LLAMA_2 }, undefined);
  assert.throws(() => render?.([{ role: "assistant", content: "I begin" }]), (error: Error) => {
    assert(error instanceof TokenizerError);
    assert.match(error.message, /roles must alternate/);
    return true;
  });
  assert.throws(() => chatTemplate({ chat_template: "{% if %}" }, undefined), TokenizerError);
});

Deno.test("encodeMessages() throws TokenizerError without a template and with a broken one, and text still works", () => {
  const json = {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: "BPE", vocab: { H: 0, i: 1, "<": 2, s: 3, ">": 4 }, merges: [] },
  };
  for (const config of [{}, { chat_template: "{% for %}" }]) {
    const tokenizer = createTokenizer(json, config, 5);
    assert.equal(tokenizer.hasChatTemplate, false);
    assert.throws(() => tokenizer.encodeMessages([{ role: "user", content: "Hi" }]), TokenizerError);
    assert.deepEqual(tokenizer.encode("Hi", true), [0, 1]);
  }
  const tokenizer = createTokenizer(json, { chat_template: "{{ bos_token }}{{ messages[0].content }}", ...tokens }, 5);
  assert.equal(tokenizer.hasChatTemplate, true);
  // The template's special tokens are text to the tokenizer; none is added to them.
  assert.deepEqual(tokenizer.encodeMessages([{ role: "user", content: "Hi" }]), [2, 3, 4, 0, 1]);
});
