import assert from "node:assert/strict";
import { fidelityOf, type PrecisionFidelity } from "../model/engine/fidelity.ts";
import { runService } from "./service/running_service.ts";

const FOLDER = new URL("../docs/fidelity/", import.meta.url);

const published = (name: string) => fidelityOf(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)));
const find = (all: readonly PrecisionFidelity[], precision: string) => all.find((one) => one.precision === precision)!;

Deno.test("GET /model of the demo in q16 has the published figures, and none in f32", async () => {
  const fidelityIn = async (precision: string) => {
    await using service = await runService(["--precision", precision]);
    return (await (await fetch(`${service.url}/model`)).json()).fidelity;
  };
  const { output, states } = find(published("midstream-demo").precisions, "q16");
  const fidelity = await fidelityIn("q16");
  assert.deepEqual([fidelity.kl, fidelity.positions], [output.kl, output.positions]);
  assert.equal(fidelity.states.length, states.length);
  const { site, layer, kl, top1_agreement, mean_rank } = fidelity.states.at(-1);
  const last = states.at(-1)!;
  assert.deepEqual([`${site}.${layer}`, kl, top1_agreement, mean_rank], [
    last.state,
    last.kl,
    last.top1Agreement,
    last.meanRank,
  ]);
  assert.equal(await fidelityIn("f32"), null);
});

for (const name of ["SmolLM2-135M", "stories260K", "babyllama-tok105-0.9M", "midstream-demo"]) {
  Deno.test(`the published figures of ${name} are of every precision and state, over enough positions, and as promised`, () => {
    const { precisions } = published(name);
    assert.deepEqual(precisions.map(({ precision }) => precision), ["q16", "q8", "q4"]);
    for (const { precision, states } of precisions) {
      const layers = states.filter(({ state }) => state.startsWith("resid_post")).length;
      assert.equal(states.length, 1 + 4 * layers);
      for (const { state, positions } of states) assert.ok(positions >= 2000, `${precision} ${state}: ${positions}`);
    }
    const [q16, q8, q4] = ["q16", "q8", "q4"].map((precision) => find(precisions, precision).output);
    assert.ok(q16!.kl <= 1e-4 && q16!.top1Agreement >= 0.997, `q16 ${q16!.kl} ${q16!.top1Agreement}`);
    assert.ok(q8!.kl <= 5.5e-3, `q8 ${q8!.kl}`);
    assert.ok(q8!.kl < q4!.kl && q16!.kl < q8!.kl);
  });
}
