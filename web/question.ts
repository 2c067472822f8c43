import type { ProbeOptions, Site, Statistic } from "../clients/typescript/midstream.ts";
import { type ColouringName, statisticOf } from "./colouring.ts";

export const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const satisfies Site[];

/** A cell of the grid: position, and block or the model's own output. */
export interface Place {
  readonly position: number;
  readonly layer: number | "output";
}

/** All that the screen shows follows from this and the service's answers; a link holds all of it. */
export interface Question {
  readonly prompt: string;
  readonly lens: string;
  readonly site: Site;
  readonly colour: ColouringName;
  readonly log: boolean;
  /** The cell chosen by hand. */
  readonly cell: Place | null;
}

export const FIRST_QUESTION: Question = {
  prompt: "Once upon a time, there was a little girl named",
  lens: "logit",
  site: "resid_post",
  colour: "prob",
  log: false,
  cell: null,
};

/** What is said of every cell, whatever its colour. */
const ALWAYS: readonly Statistic[] = ["entropy", "kl_output_lens", "output_rank"];

/** The probe that answers a question. */
export function probeOptions({ lens, site, colour }: Question): ProbeOptions {
  const statistic = statisticOf(colour);
  const statistics = [...new Set([...ALWAYS, ...statistic === null ? [] : [statistic]])];
  return { lenses: [lens], sites: [site], positions: "all", statistics };
}

/**
 * A question as a link's fragment, which browsers send to nobody: a prompt in the path or the query would stand in logs.
 */
export function fragmentOf(question: Question): string {
  const { prompt, lens, site, colour, log, cell } = question;
  const members = new URLSearchParams({ prompt, lens, site, colour });
  if (log) members.set("log", "1");
  if (cell !== null) members.set("cell", `${cell.position}.${cell.layer}`);
  return `#${members}`;
}

/** The question of a fragment; what it lacks, or has wrong, is as at first. */
export function questionOf(fragment: string): Question {
  const members = new URLSearchParams(fragment.replace(/^#/, ""));
  const said = (name: string) => members.get(name);
  const cell = /^(\d{1,7})\.(\d{1,4}|output)$/.exec(said("cell") ?? "");
  return {
    prompt: said("prompt") ?? FIRST_QUESTION.prompt,
    lens: said("lens") ?? FIRST_QUESTION.lens,
    site: SITES.find((site) => site === said("site")) ?? FIRST_QUESTION.site,
    colour: said("colour") as ColouringName | null ?? FIRST_QUESTION.colour,
    log: said("log") === "1",
    cell: cell === null
      ? null
      : { position: Number(cell[1]), layer: cell[2] === "output" ? "output" : Number(cell[2]) },
  };
}
