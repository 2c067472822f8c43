import assert from "node:assert/strict";
import { startEngine } from "./client.ts";
import type { ProbePlan } from "./engine.ts";
import type { FakeModel } from "./testdata/fake_executor.ts";

const entry = new URL("testdata/fake_engine.ts", import.meta.url);
const silent = { info() {}, warn() {}, error() {} };
const plan: ProbePlan = {
  ids: [1],
  positions: [0],
  cells: [{ site: "resid_post", layer: 0 }],
  norm: "own",
  topK: 1,
  tracked: [],
  statistics: [],
};

for (const tcp of [false, true]) {
  Deno.test({
    name: `the engine hears over ${tcp ? "tcp" : "unix"} whose work a probe is, and whether anybody waits for it`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const journal = await Deno.makeTempFile();
      const model = JSON.stringify({ journal } satisfies FakeModel);
      const engine = startEngine({ model, precision: "f32" }, { log: silent, entry, tcp });
      try {
        await engine.loaded;
        for (const flow of [{ name: "ann", background: false }, { name: "bob", background: true }]) {
          await Array.fromAsync(engine.probe(plan, new AbortController().signal, flow));
        }
        const heard = await Deno.readTextFile(journal);
        assert.equal(heard, "of ann, background false\nend\nof bob, background true\nend\n");
      } finally {
        await engine.close();
        await Deno.remove(journal);
      }
    },
  });
}
