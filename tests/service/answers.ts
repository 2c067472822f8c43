/** The parts of answers that the tests read. */
export interface TokenScore {
  readonly id: number;
  readonly piece: string;
  readonly text: string;
  readonly logit: number;
  readonly logprob: number;
  readonly prob: number;
}

export interface Readout {
  readonly position: number;
  readonly lens: string;
  readonly site: string;
  readonly layer: number;
  readonly top: readonly TokenScore[];
  readonly tracked: readonly (TokenScore & { readonly rank: number })[];
  readonly warnings: readonly string[];
  readonly [statistic: string]: unknown;
}

export interface ProbeAnswer {
  readonly tokens: readonly {
    readonly position: number;
    readonly id: number;
    readonly piece: string;
    readonly text: string;
  }[];
  readonly output: readonly {
    readonly position: number;
    readonly top: readonly TokenScore[];
    readonly entropy: number;
  }[];
  readonly readouts: readonly Readout[];
  readonly usage: { readonly prompt_tokens: number; readonly rows: number };
}

/** Finds a cell of one lens of an answer by name. */
export function cellsByName(
  answer: ProbeAnswer,
  lens = "logit",
): (position: number, site: string, layer: number) => Readout {
  const mine = answer.readouts.filter((cell) => cell.lens === lens);
  const cells = new Map(mine.map((cell) => [`${cell.position} ${cell.site} ${cell.layer}`, cell]));
  return (position, site, layer) => {
    const cell = cells.get(`${position} ${site} ${layer}`);
    if (!cell) throw new Error(`no cell at position ${position}, ${site} ${layer}`);
    return cell;
  };
}
