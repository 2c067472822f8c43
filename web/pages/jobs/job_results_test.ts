import assert from "node:assert/strict";
import { JobResults } from "./job_results.ts";

const response = (text: string) => ({ tokens: [{ text: "" }, { text }], padding: "ü".repeat(300_000) });
const problem = { type: "x", title: "Too long", status: 422, detail: "it is", instance: "" };
const LINES = [
  { index: 0, response: response("The sun") },
  { index: 1, problem },
  { index: 2, response: response("ein Öl\nfeld") },
  { index: 3, response: response("") },
];
const BYTES = new TextEncoder().encode(LINES.map((line) => `${JSON.stringify(line)}\n`).join(""));

/** Results of which so many bytes are there, and the ranges that were asked for. */
function served(size = { bytes: BYTES.length }) {
  const ranges: [number, number][] = [];
  const ask = (path: string, init: { headers?: Record<string, string> } = {}) => {
    assert.equal(path, "jobs/a/result");
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(init.headers!["range"]!)!.map(Number);
    ranges.push([from!, last! + 1]);
    return Promise.resolve(new Response(BYTES.subarray(from!, Math.min(last! + 1, size.bytes))));
  };
  return { results: new JobResults({ ask }, "a"), ranges };
}

Deno.test("results are read as far as somebody looks, and a prompt's line alone when it is looked at", async () => {
  const { signal } = new AbortController();
  const { results, ranges } = served();
  await results.readTo(1, signal);
  assert.equal(ranges.length, 1);
  await results.readTo(4, signal);
  assert.deepEqual(results.entries.map(({ title }) => title), ["The sun", null, "ein Öl feld", "prompt 3"]);
  assert.deepEqual(results.entries[1]!.problem, problem);
  assert.ok(ranges.length >= 2 && ranges.every(([from], at) => at === 0 || from === ranges[at - 1]![1]));
  for (const [at, line] of LINES.entries()) {
    assert.deepEqual(await results.item(results.entries[at]!, signal), line);
    const [from, to] = ranges.at(-1)!;
    assert.equal(to - from, new TextEncoder().encode(JSON.stringify(line)).length);
  }
});

Deno.test("results that grow are read on from where they ended", async () => {
  const { signal } = new AbortController();
  const size = { bytes: 700_000 };
  const { results } = served(size);
  await results.readTo(2, signal);
  assert.deepEqual(results.entries.map(({ index }) => index), [0, 1]);
  size.bytes = BYTES.length;
  await results.readTo(4, signal);
  assert.deepEqual(results.entries.map(({ index }) => index), [0, 1, 2, 3]);
});
