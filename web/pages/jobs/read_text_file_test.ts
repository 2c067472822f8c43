import assert from "node:assert/strict";
import { PromptsFault } from "./read_prompts.ts";
import { readTextFile } from "./read_text_file.ts";

Deno.test("readTextFile() gives a file's text without its mark of order, and says of others why not", async () => {
  assert.equal(await readTextFile(new File(["\ufeffÖl\n"], "a.txt")), "Öl\n");
  const huge = { name: "b.jsonl", size: 3e8 } as File;
  const broken = new File([new Uint8Array([0xff, 0xfe])], "c.bin");
  for (
    const [file, message] of [[huge, /^b\.jsonl has 300 MB/], [broken, /^c\.bin .* is not text in UTF-8$/]] as const
  ) {
    await assert.rejects(readTextFile(file), (error) => error instanceof PromptsFault && message.test(error.message));
  }
});
