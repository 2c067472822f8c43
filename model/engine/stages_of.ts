/** Consecutive blocks `from`…`to − 1`. */
export interface Blocks {
  readonly from: number;
  readonly to: number;
}

/** Cuts the model into stages. */
export function stagesOf(layers: number, blocksPerStage: number): Blocks[] {
  const stages: Blocks[] = [];
  for (let from = 0; from < layers; from += blocksPerStage) {
    stages.push({ from, to: Math.min(from + blocksPerStage, layers) });
  }
  return stages;
}
