import assert from "node:assert/strict";
import { GOLDEN, readJson } from "./service/golden_files.ts";
import { runService } from "./service/running_service.ts";
import { parseSafetensors } from "./service/safetensors.ts";

const FOLDER = `${GOLDEN}/badfiles`;

interface Case {
  readonly file: string;
  readonly kind: string;
  readonly verdict: "accept" | "reject";
  readonly expect_any?: readonly string[];
  readonly tensors?: Record<string, { shape: number[]; first8: number[]; sum: number }>;
}

const CASES = readJson<{ files: Case[] }>(`${FOLDER}/manifest.json`).files.filter(({ kind }) =>
  kind.startsWith("lens.")
);

Deno.test("every lens badfile, uploaded, gets its verdict, names what is wrong, and leaves nothing; good ones are read right", async () => {
  await using running = await runService(["--model", `${FOLDER}/common`]);
  for (const { file, verdict, expect_any = [], tensors = {} } of CASES) {
    const response = await running.put("case", await Deno.readFile(`${FOLDER}/${file}`));
    const answer = await response.json();
    if (verdict === "reject") {
      assert.equal(response.status, 422, `${file}: ${JSON.stringify(answer)}`);
      assert.equal(answer.type, "urn:midstream:problem:lens-refused", file);
      const detail: string = answer.detail.toLowerCase();
      assert.ok(expect_any.some((word) => detail.includes(word.toLowerCase())), `${file}: ${answer.detail}`);
      assert.ok(!detail.includes(running.data.toLowerCase()), `${file} tells a path: ${answer.detail}`);
      assert.equal((await fetch(`${running.url}/lenses/case`)).status, 404, file);
      continue;
    }
    assert.equal(response.status, 201, `${file}: ${JSON.stringify(answer)}`);
    const converted = await fetch(`${running.url}/lenses/case/weights?format=safetensors`);
    const read = parseSafetensors(await converted.bytes());
    assert.deepEqual([...read.names].sort(), Object.keys(tensors).sort(), file);
    for (const [name, expected] of Object.entries(tensors)) {
      const { shape, values } = read.get(name);
      assert.deepEqual(shape, expected.shape, `${file} ${name}`);
      assert.deepEqual([...values.subarray(0, 8)], expected.first8.map(Math.fround), `${file} ${name}`);
      assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - expected.sum) < 1e-4, `${file} ${name}`);
    }
    const gone = await fetch(`${running.url}/lenses/case`, { method: "DELETE" });
    assert.equal(gone.status, 204);
  }
  for (const folder of ["incoming", "blobs", "ids"]) {
    assert.deepEqual([...Deno.readDirSync(`${running.data}/lenses/${folder}`)], [], folder);
  }
});
