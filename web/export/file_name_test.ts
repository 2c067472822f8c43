import assert from "node:assert/strict";
import { fileName } from "./file_name.ts";

Deno.test("a file's name says what it shows in characters that every system takes", () => {
  const named = { model: "org/Llama-2-7b", lens: "logit", view: "grid", prompt: "Once upon\na time…", isWhole: true };
  assert.equal(fileName(named, "svg"), "org-Llama-2-7b_logit_grid_Once-upon-a-time.svg");
  assert.equal(fileName({ ...named, isWhole: false }, "svg"), "org-Llama-2-7b_logit_grid_Once-upon-a-time_so-far.svg");
  assert.equal(
    fileName({ ...named, model: "", prompt: "../<b>:*?\\\u0000 Größe 東京" }, "csv"),
    "logit_grid_b-Größe-東京.csv",
  );
  assert.equal(
    fileName({ ...named, prompt: "x".repeat(999) }, "png").length,
    "org-Llama-2-7b_logit_grid_.png".length + 32,
  );
});
