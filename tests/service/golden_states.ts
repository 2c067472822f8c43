import assert from "node:assert/strict";
import { type Site, SITES } from "../../lens/sites.ts";
import type { RunningService } from "./running_service.ts";
import { parseSafetensors, type Safetensors } from "./safetensors.ts";
import type { Worst } from "./worst.ts";

/** Of the largest value of the tensor (numerics.md). */
const STATE_TOLERANCE = 2e-5;
const LOGIT_TOLERANCE = 2e-4;

export interface Sequence {
  readonly ids: readonly number[];
  readonly layers: number;
  readonly dModel: number;
  state(site: Site, layer: number, position: number): Float64Array;
}

/** One sequence of an `expected.safetensors`. */
export function sequenceOf(expected: Safetensors, sequence: string): Sequence {
  const ids = [...expected.get(`${sequence}.input_ids`).values];
  const tensors = new Map(SITES.map((site) => [site, expected.get(`${sequence}.${site}`)]));
  const [layers, , dModel] = tensors.get("resid_pre")!.shape as [number, number, number];
  return {
    ids,
    layers,
    dModel,
    state: (site, layer, position) => {
      const at = (layer * ids.length + position) * dModel;
      return tensors.get(site)!.values.subarray(at, at + dModel);
    },
  };
}

/** /activations of all sites, layers and positions, and the logits, against PyTorch's. */
export async function compareStates(
  running: RunningService,
  expected: Safetensors,
  sequence: string,
  worst: Worst,
): Promise<void> {
  const { ids, layers, dModel } = sequenceOf(expected, sequence);
  const response = await running.post("/activations", { prompt: ids, sites: SITES, positions: "all", logits: true });
  assert.equal(response.status, 200);
  const bytes = await response.bytes();
  assert.equal(Number(response.headers.get("content-length")), bytes.length);
  const answer = parseSafetensors(bytes);
  assert.deepEqual([...answer.get("input_ids").values], ids);
  for (const site of SITES) {
    const { values } = expected.get(`${sequence}.${site}`);
    const size = ids.length * dModel;
    for (let layer = 0; layer < layers; layer++) {
      const tensor = answer.get(`${site}.${layer}`);
      assert.deepEqual(tensor.shape, [ids.length, dModel]);
      const reference = values.subarray(layer * size, (layer + 1) * size);
      compareTensor("state", tensor.values, reference, STATE_TOLERANCE, `${sequence} ${site} ${layer}`, worst);
    }
  }
  const logits = expected.get(`${sequence}.logits`);
  assert.deepEqual(answer.get("logits").shape, logits.shape);
  compareTensor("logits", answer.get("logits").values, logits.values, LOGIT_TOLERANCE, `${sequence} logits`, worst);
}

/** Relative to the largest value of the reference. */
function compareTensor(
  what: string,
  found: Float64Array,
  expected: Float64Array,
  tolerance: number,
  where: string,
  worst: Worst,
): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [index, value] of expected.entries()) {
    worst.compare(what, found[index]! / largest, value / largest, tolerance, `${where} [${index}]`);
  }
}
