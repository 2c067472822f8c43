import assert from "node:assert/strict";
import fc from "fast-check";
import { hubSourceText, parseHubSource, repositoryName } from "./source.ts";

Deno.test("parseHubSource() reads repository type, revision and path", () => {
  assert.deepEqual(parseHubSource("meta-llama/Llama-2-7b-hf"), {
    type: "model",
    owner: "meta-llama",
    name: "Llama-2-7b-hf",
    revision: "main",
    path: null,
  });
  assert.deepEqual(parseHubSource("spaces/AlignmentResearch/tuned-lens@refs/pr/7:lens/gpt2/params.pt"), {
    type: "space",
    owner: "AlignmentResearch",
    name: "tuned-lens",
    revision: "refs/pr/7",
    path: "lens/gpt2/params.pt",
  });
  assert.equal(parseHubSource("datasets/a/b")?.type, "dataset");
  assert.equal(parseHubSource("TheBloke/Llama-2-7B-GGUF:llama-2-7b.Q8_0.gguf")?.path, "llama-2-7b.Q8_0.gguf");
});

Deno.test("parseHubSource() takes no local path, address or malformed name for a repository", () => {
  const foreign = [
    "",
    "gpt2",
    "/a/b",
    "./a/b",
    "../a",
    "a/..",
    "~/models",
    "a/b/c",
    "a/b/",
    "a//b",
    "C:\\models\\a",
    "C:/models",
    "a\\b",
    "models/llama",
    "spaces/a",
    "models/a/b",
    "weights/model.gguf",
    "lenses/params.pt",
    "model.safetensors",
    "a/b@",
    "a/b:",
    "a/b@../x",
    "a/b@/x",
    "a/b@x..y",
    "a/b@main.lock",
    "a/b:../x",
    "a/b:/x",
    "a/b:x/../y",
    "a/b:x//y",
    "a/b:.",
    "a/b:x\\y",
    "a/b:x:y",
    "a/b@x@y",
    "a b/c",
    "a/b\n",
    "a/b\0",
    "a/b?x=1",
    "a/b#x",
    "a/%2e%2e",
    "a--b/c",
    "-a/b",
    "a/b-",
    "a/.b",
    "é/b",
    "https://huggingface.co/a/b",
    `a/${"b".repeat(96)}`,
  ];
  for (const text of foreign) assert.equal(parseHubSource(text), null, JSON.stringify(text));
});

Deno.test("parseHubSource() accepts nothing that leads out of a folder, and hubSourceText() writes it back", () => {
  const piece = fc.stringMatching(/^[ab.@:/\\~-]{0,6}$/);
  fc.assert(
    fc.property(fc.tuple(piece, piece, piece, piece), (pieces) => {
      const source = parseHubSource(pieces.join(""));
      if (source === null) return;
      const parts = `${repositoryName(source)}/${source.revision}/${source.path ?? "x"}`.split("/");
      assert(parts.every((part) => !["", ".", ".."].includes(part) && !/[\\:]/.test(part)));
      assert.deepEqual(parseHubSource(hubSourceText(source)), source);
    }),
    { numRuns: 5000 },
  );
});
