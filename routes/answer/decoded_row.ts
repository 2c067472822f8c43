import type { DecodedRows } from "../../model/engine/engine.ts";
import { statistic, type StatisticName } from "../../lens/statistics.ts";
import { significant } from "./significant.ts";

/** What a distribution says of one token. */
export interface Score {
  readonly id: number;
  /** 1 + the number of tokens with a strictly greater logit. */
  readonly rank: number;
  readonly logit: number;
  readonly logprob: number;
  readonly prob: number;
}

/** One row of a decoded position, number by number: numbers are rounded to what float32 carries. */
export class DecodedRow {
  constructor(private readonly rows: DecodedRows, private readonly row: number) {}

  /** Likeliest first. */
  top(): Score[] {
    const { topIds, topLogits, count } = this.rows;
    const k = topIds.length / count;
    const scores: Score[] = [];
    for (let at = 0; at < k; at++) {
      const logit = topLogits[this.row * k + at]!;
      // Equal logits share a rank.
      const rank = at > 0 && topLogits[this.row * k + at - 1] === logit ? scores[at - 1]!.rank : at + 1;
      scores.push(this.#score(topIds[this.row * k + at]!, rank, logit));
    }
    return scores;
  }

  tracked(ids: readonly number[]): Score[] {
    const { trackedLogits, trackedRanks } = this.rows;
    return ids.map((id, at) => {
      const index = this.row * ids.length + at;
      return this.#score(id, trackedRanks[index]!, trackedLogits[index]!);
    });
  }

  get entropy(): number {
    return significant(this.rows.entropy[this.row]!);
  }

  /** The values of the plan's statistics, in its order. */
  statistics(names: readonly StatisticName[]): (number | boolean | null)[] {
    return names.map((name, at) => {
      const value = this.rows.statistics[at]![this.row]!;
      if (Number.isNaN(value)) return null;
      const { type } = statistic(name);
      return type === "boolean" ? value !== 0 : type === "integer" ? Math.round(value) : significant(value);
    });
  }

  #score(id: number, rank: number, logit: number): Score {
    const logprob = logit - this.rows.logSumExp[this.row]!;
    return { id, rank, logit: significant(logit), logprob: significant(logprob), prob: significant(Math.exp(logprob)) };
  }
}
