import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output, pythonEnvironment } from "../own_clients/python_environment.ts";
import { runService } from "../service/running_service.ts";

const REQUIREMENTS = fileURLToPath(new URL("../own_clients/requirements.txt", import.meta.url));
const READER = fileURLToPath(new URL("read_results.py", import.meta.url));
const environment = await pythonEnvironment(REQUIREMENTS);
const ignore = "unavailable" in environment;
const python = "unavailable" in environment ? "python3" : environment.python;
const where = "unavailable" in environment ? `skipped: ${environment.unavailable}` : `Python ${environment.version}`;

/** A job of the seed's kind: ten questions in a template, at every site and layer. */
const QUESTIONS = ["Lily", "Tom", "Sue", 'the "cat"', "the dog's ball", "Ben,", "the\nsun", "Mia", "小", "🙂"];
const JOB = {
  template: "One day, {who} was very",
  values: QUESTIONS.map((who) => ({ who })),
  sites: ["attn_out", "resid_mid", "mlp_out", "resid_post"],
  top_k: 12,
};

for (const lens of ["logit", "tuned"]) {
  Deno.test({
    name: `pandas reads a job's table, and csv and ast the seed's form, of the ${lens} lens (${where})`,
    ignore,
    async fn() {
      await using running = await runService(["--max-tokens", "20"]);
      const prompts = [...QUESTIONS.map((who) => `One day, ${who} was very`), Array(21).fill(5)];
      const { template: _, values: __, ...question } = JOB;
      const jobs = lens === "logit" ? [JOB, { ...question, prompts }] : [{ ...JOB, lenses: [lens] }];
      for (const [at, body] of jobs.entries()) {
        const made = await running.post("/jobs", body);
        assert.equal(made.status, 202);
        const { id, total } = await made.json();
        await (await fetch(`${running.url}/jobs/${id}/events`)).text();
        const files: string[] = [];
        for (const format of ["ndjson", "csv", "seed"]) {
          const path = `${running.data}/${at}.${format}`;
          await Deno.writeFile(path, (await fetch(`${running.url}/jobs/${id}/result?format=${format}`)).body!);
          files.push(path);
        }
        const { success, text } = await output(python, ["-W", "error", READER, ...files]);
        assert.ok(success, text);
        assert.equal(text, `${total} prompts, 320 cells, 320 lists`);
        const lines = (await Deno.readTextFile(files[2]!)).trimEnd().split("\n");
        // As the seed's own file of ten prompts over 32 layers has 330.
        assert.equal(lines.length, total + 10 * 8);
      }
    },
  });
}
