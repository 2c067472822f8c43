import type { LensEntry, LensRecord, ModelMatch } from "../../lens/library/types.ts";
import type { CellPlan } from "../../model/engine/engine.ts";
import { type CheckContext, spread } from "./check.ts";
import { probed } from "./probed.ts";
import type { LensCheck, LensVerdict } from "./report.ts";

/** A registered lens, as far as it is checked; a LensEntry is one. */
export interface CheckedLens extends Pick<LensEntry, "translator" | "hold"> {
  readonly record: Pick<LensRecord, "id" | "kind" | "layers" | "reading">;
  readonly match: Pick<ModelMatch, "match" | "reason">;
}

/** Blocks whose output is read. */
const MOST_LAYERS = 8;

/**
 * What "clearly lowest" means. In a deep model neighbouring translators are nearly interchangeable (Belrose et al. 2023,
 * arXiv:2303.08112, on transfer between layers), so that the gap of a good lens may be a few percent of the divergence, but it
 * is there in nearly every layer. An untrained lens beats another by chance: in some layers, in either direction, and hardly
 * ever the logit lens in the last ones.
 */
const CLEARLY = {
  /** Mean over the sampled layers: lower by this part. */
  lowerBy: 0.02,
  /** Lowest in this part of the sampled layers. */
  ofLayers: 0.75,
  /** Fewer comparisons are won by chance too often. */
  leastLayers: 2,
};

type Kl = LensCheck["kl"];

/**
 * Which translator fits the output of block l: for a tuned lens l+1, which was trained on it, or l, the commonest mistake of
 * conventions. A Jacobian lens is held to the logit lens.
 */
export async function checkIndex(context: CheckContext, checked: CheckedLens): Promise<LensCheck> {
  const { id, kind, layers: own, reading } = checked.record;
  const skipped = (detail: string): LensCheck => ({
    id,
    kind,
    verdict: "skipped",
    detail,
    layers: [],
    kl: { lens: [], shifted: null, logit: [] },
  });
  if (checked.match.match === "none") return skipped(`it does not fit the loaded model: ${checked.match.reason}`);
  if (reading === "danyude") return skipped("it is read as danyude, whose index is not shifted");
  const read = (layer: number) => kind === "tuned" ? [layer + 1, layer] : [layer];
  const blocks = Array.from({ length: context.model.layers - 1 }, (_, layer) => layer)
    .filter((layer) => read(layer).every((translator) => own.includes(translator)));
  const layers = spread(blocks.length, MOST_LAYERS).map((index) => blocks[index]!);
  if (layers.length < CLEARLY.leastLayers) {
    return skipped(`it has translators for ${layers.length} comparisons, too few to tell`);
  }
  using _held = checked.hold();
  const kl = await divergences(context, checked, layers, read);
  return { id, kind, layers, kl, ...(kind === "tuned" ? tunedVerdict(kl) : jacobianVerdict(kl)) };
}

/** Mean KL(model‖lens) by layer, with each translator that `read` names, and of the logit lens. */
async function divergences(
  context: CheckContext,
  { translator }: CheckedLens,
  layers: readonly number[],
  read: (layer: number) => readonly number[],
): Promise<Kl> {
  const used = [...new Set(layers.flatMap(read))];
  const cellsOfLayer = layers.map((layer): CellPlan[] => {
    const state = { site: "resid_post", layer } as const;
    return [state, ...read(layer).map((own) => ({ ...state, translator: used.indexOf(own) }))];
  });
  const found = await probed({ ...context, positions: [...context.ids.keys()] }, {
    cells: cellsOfLayer.flat(),
    translators: used.map(translator),
    topK: 0,
    statistics: ["kl_output_lens"],
  });
  const width = cellsOfLayer[0]!.length;
  const column = (at: number) =>
    layers.map((_, layer) => mean(found.map(({ cells }) => cells[layer * width + at]!.statistics[0]!)));
  return { logit: column(0), lens: column(1), shifted: width > 2 ? column(2) : null };
}

function tunedVerdict(kl: Kl): { verdict: LensVerdict; detail: string } {
  const shifted = kl.shifted!;
  const figures = `mean KL ${shown(kl.lens)} with translator l+1, ${shown(shifted)} with l, ${
    shown(kl.logit)
  } of the logit lens`;
  if (isClearlyLowest(kl.lens, [shifted, kl.logit])) {
    return { verdict: "right", detail: `translator l+1 fits the output of block l: ${figures}` };
  }
  if (isClearlyLowest(shifted, [kl.lens, kl.logit])) {
    return {
      verdict: "shifted",
      detail: `translator l fits the output of block l better than l+1: the file counts its translators by the block ` +
        `whose output they read, where tuned-lens counts by the block whose input they read; ${figures}`,
    };
  }
  return { verdict: "undecided", detail: `no translator fits clearly better, as in an untrained lens: ${figures}` };
}

function jacobianVerdict(kl: Kl): { verdict: LensVerdict; detail: string } {
  const figures = `mean KL ${shown(kl.lens)}, ${shown(kl.logit)} of the logit lens`;
  return mean(kl.lens) < (1 - CLEARLY.lowerBy) * mean(kl.logit)
    ? { verdict: "right", detail: `it is closer to the output than the logit lens: ${figures}` }
    : {
      verdict: "undecided",
      detail: `it is not closer to the output than the logit lens, which it is not made for either: ${figures}`,
    };
}

function isClearlyLowest(kl: readonly number[], others: readonly (readonly number[])[]): boolean {
  const lowest = kl.filter((value, layer) => others.every((other) => value < other[layer]!)).length;
  return lowest >= CLEARLY.ofLayers * kl.length &&
    others.every((other) => mean(kl) < (1 - CLEARLY.lowerBy) * mean(other));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shown(kl: readonly number[]): string {
  return `${mean(kl).toFixed(3)} nats`;
}
