import assert from "node:assert/strict";
import { SITES } from "../lens/sites.ts";
import { cellsByName, type ProbeAnswer } from "./service/answers.ts";
import { architectures, GOLDEN, readJson } from "./service/golden_files.ts";
import { compareStates, sequenceOf } from "./service/golden_states.ts";
import { ReferenceHead } from "./service/reference_head.ts";
import { type RunningService, runService } from "./service/running_service.ts";
import { readSafetensors } from "./service/safetensors.ts";
import { Worst } from "./service/worst.ts";

const LOGPROB_TOLERANCE = 2e-4;
const SEQUENCES = ["seq0", "seq1", "seq2"];

for (const name of architectures()) {
  const folder = `${GOLDEN}/architectures/${name}`;
  Deno.test(`${name} through HTTP equals PyTorch: states, logits and read-outs, in both config spellings`, async () => {
    const worst = new Worst();
    await using asIs = await runService(["--model", folder]);
    await compareAll(asIs, folder, worst);
    await using other = await otherSpelling(folder);
    await using respelled = await runService(["--model", other.folder]);
    await compareAll(respelled, folder, worst);
    worst.print(name);
  });
}

async function compareAll(running: RunningService, folder: string, worst: Worst): Promise<void> {
  const expected = readSafetensors(`${folder}/expected.safetensors`);
  const head = ReferenceHead.of(folder);
  for (const sequence of SEQUENCES) {
    await compareStates(running, expected, sequence, worst);
    await compareReadouts(running, expected, sequence, head, worst);
  }
}

/** Every cell against a float64 unembedding of PyTorch's own states. */
async function compareReadouts(
  running: RunningService,
  expected: ReturnType<typeof readSafetensors>,
  sequence: string,
  head: ReferenceHead,
  worst: Worst,
): Promise<void> {
  const { ids, state, layers } = sequenceOf(expected, sequence);
  const answer = await running.json<ProbeAnswer>("/probe", { prompt: ids, sites: SITES, positions: "all" });
  assert.equal(answer.readouts.length, ids.length * SITES.length * layers);
  const cell = cellsByName(answer);
  for (const position of ids.keys()) {
    for (const site of SITES) {
      for (let layer = 0; layer < layers; layer++) {
        const reference = head.top(state(site, layer, position), 10);
        const where = `${sequence} position ${position} ${site} ${layer}`;
        worst.compareTop(cell(position, site, layer).top, reference, LOGPROB_TOLERANCE, where);
      }
    }
  }
}

/** The same weights under the other spelling of their config.json. */
async function otherSpelling(folder: string): Promise<AsyncDisposable & { readonly folder: string }> {
  const copy = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.safetensors$|index\.json$|^tokenizer/.test(name) && name !== "expected.safetensors") {
      await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
    }
    if (/^config\..+-style\.json$/.test(name)) await Deno.copyFile(`${folder}/${name}`, `${copy}/config.json`);
  }
  assert.notDeepEqual(readJson(`${copy}/config.json`), readJson(`${folder}/config.json`));
  return { folder: copy, [Symbol.asyncDispose]: () => Deno.remove(copy, { recursive: true }) };
}
