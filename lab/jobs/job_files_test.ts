import assert from "node:assert/strict";
import { TemporaryFolder } from "../../model/checkpoint/temporary_folder.ts";
import { ANYBODY } from "../keys/caller.ts";
import { JobFiles } from "./job_files.ts";
import { newJobId } from "./job_id.ts";
import { NEVER, problemLine, promptLine, responseLine, smallJob } from "./testing/small_jobs.ts";

const BOUNDS = { maxPrompts: 1e6, onBytes: () => Promise.resolve() };

async function filed(path: string, total: number, name?: string): Promise<{ files: JobFiles; id: string }> {
  const files = new JobFiles(path);
  const id = newJobId(Date.now(), null);
  await files.create({ ...smallJob(total, ANYBODY, name), id, createdAt: "2026-11-24T11:00:00.000Z" }, BOUNDS, NEVER);
  return { files, id };
}

Deno.test("JobFiles gives prompts from any index on, reading little of what is before", async () => {
  await using folder = await TemporaryFolder.make();
  const name = "x".repeat(2000);
  const { files, id } = await filed(folder.path, 3000, name); // 6 MB: several marks.
  for (const from of [0, 1, 523, 524, 525, 1500, 2999]) {
    const { value } = await files.prompts(id, from).next();
    assert.deepEqual(value, { index: from, line: promptLine(from, name) });
  }
  assert.equal((await Array.fromAsync(files.prompts(id, 2900))).length, 100);
  assert.deepEqual(await Array.fromAsync(files.prompts(id, 3000)), []);
  // What lies before the last mark is not read: it could be anything.
  using file = await Deno.open(files.paths(id).prompts, { write: true });
  await file.write(new TextEncoder().encode("\n".repeat(1000)));
  assert.deepEqual((await files.prompts(id, 2999).next()).value, { index: 2999, line: promptLine(2999, name) });
});

Deno.test("JobFiles keeps prompts and results of any letters", async () => {
  await using folder = await TemporaryFolder.make();
  const { files, id } = await filed(folder.path, 2, "é 🙂 \u2028 \n");
  assert.deepEqual((await Array.fromAsync(files.prompts(id, 1)))[0]!.line, promptLine(1, "é 🙂 \u2028 \n"));
  using results = await files.openResults(id);
  await results.append([responseLine(0, "🙂")]);
  assert.equal(results.counts.bytes, new TextEncoder().encode(responseLine(0, "🙂")).length + 1);
  assert.equal(await files.resultBytes(id), results.counts.bytes);
});

const whole = `${responseLine(0)}\n${problemLine(1)}\n`;
const LEFT_BY_CRASHES: readonly { readonly what: string; readonly tail: string }[] = [
  { what: "nothing", tail: "" },
  { what: "half a line", tail: responseLine(2).slice(0, 12) },
  { what: "a line without its end", tail: responseLine(2) },
  { what: "zeros", tail: "\0".repeat(5000) },
  { what: "zeros in a line", tail: responseLine(2, "\0").replace("\\u0000", "\0") + "\n" },
  { what: "a later page without the one before", tail: "\0".repeat(4096) + `x"}\n${responseLine(3)}\n` },
  { what: "a line that is not the next", tail: responseLine(3) + "\n" },
  { what: "half a line that ends", tail: '{"index":2,"response":\n' },
];

for (const { what, tail } of LEFT_BY_CRASHES) {
  Deno.test(`JobFiles.openResults() counts whole lines and cuts the rest: ${what}`, async () => {
    await using folder = await TemporaryFolder.make();
    const { files, id } = await filed(folder.path, 4);
    await Deno.writeTextFile(files.paths(id).results, whole + tail);
    const counts = { done: 2, failed: 1, bytes: whole.length };
    assert.deepEqual(await files.counts(id), counts);
    using results = await files.openResults(id);
    assert.deepEqual(results.counts, counts);
    assert.equal(await Deno.readTextFile(files.paths(id).results), whole);
    await results.append([responseLine(2)]);
    assert.equal(await Deno.readTextFile(files.paths(id).results), whole + responseLine(2) + "\n");
  });
}

Deno.test("JobFiles lets one at a time write the results of a job", async () => {
  await using folder = await TemporaryFolder.make();
  const { files, id } = await filed(folder.path, 1);
  {
    using _results = await files.openResults(id);
    await assert.rejects(files.openResults(id), { name: "ResultsTaken" });
  }
  (await files.openResults(id))[Symbol.dispose]();
});
