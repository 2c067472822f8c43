import type { Positions, Site, Statistic } from "../../../clients/typescript/midstream.ts";
import { COMPONENTS } from "../../state/question.ts";
import type { ReadAs } from "./read_prompts.ts";

/** What is asked of every prompt of a job: members of a probe. */
export interface JobChoices {
  readonly lenses: readonly string[];
  readonly sites: readonly Site[];
  readonly positions: Positions;
  readonly top_k: number;
  readonly statistics: readonly Statistic[];
}

/** A job that is being made up. */
export interface JobDraft {
  /** Where its prompts come from. */
  readonly from: "prompts" | "template";
  readonly text: string;
  readonly as: ReadAs;
  readonly template: string;
  readonly values: string;
  /** Null: the lens that is in use. */
  readonly lenses: readonly string[] | null;
  readonly choices: Omit<JobChoices, "lenses">;
}

/** The seed's results are such: four components at the last position, ten tokens. */
export const FIRST_DRAFT: JobDraft = {
  from: "prompts",
  text: "",
  as: "auto",
  template: "",
  values: "",
  lenses: null,
  choices: {
    sites: COMPONENTS,
    positions: "last",
    top_k: 10,
    statistics: ["entropy", "kl_output_lens", "output_rank"],
  },
};
