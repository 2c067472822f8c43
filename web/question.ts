import type { ProbeOptions, Site, Statistic } from "../clients/typescript/midstream.ts";
import { type ColouringName, statisticOf } from "./colouring.ts";

export const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const satisfies Site[];

/** The four components of a block that are read at the last position. */
export const COMPONENTS = ["attn_out", "resid_mid", "mlp_out", "resid_post"] as const satisfies Site[];

/** Ways to look at a prompt. */
export const VIEWS = { grid: "Grid", last: "Last position", follow: "Follow" } as const;
export type View = keyof typeof VIEWS;

/** Tokens followed at once: as many as there are colours that can be told apart. */
export const MOST_PINS = 8;

/** A cell of the grid: position, and block or the model's own output. */
export interface Place {
  readonly position: number;
  readonly layer: number | "output";
}

/** All that the screen shows follows from this and the service's answers; a link holds all of it. */
export interface Question {
  readonly view: View;
  readonly prompt: string;
  readonly lens: string;
  readonly site: Site;
  readonly colour: ColouringName;
  readonly log: boolean;
  /** The cell chosen by hand. */
  readonly cell: Place | null;
  /** Ids of the tokens that are followed, each once. */
  readonly pins: readonly number[];
}

export const FIRST_QUESTION: Question = {
  view: "grid",
  prompt: "Once upon a time, there was a little girl named",
  lens: "logit",
  site: "resid_post",
  colour: "prob",
  log: false,
  cell: null,
  pins: [],
};

/** What is said of every cell, whatever its colour. */
const ALWAYS: readonly Statistic[] = ["entropy", "kl_output_lens", "output_rank"];

/** The probe that answers a question. */
export function probeOptions({ view, lens, site, colour, cell, pins }: Question): ProbeOptions {
  if (view === "last") return { lenses: [lens], sites: [...COMPONENTS], positions: "last", statistics: [] };
  if (view === "follow") {
    const positions = cell === null ? "last" : [cell.position];
    return { lenses: [lens], sites: [site], positions, statistics: [], track_ids: [...pins] };
  }
  const statistic = statisticOf(colour);
  const statistics = [...new Set([...ALWAYS, ...statistic === null ? [] : [statistic]])];
  return { lenses: [lens], sites: [site], positions: "all", statistics };
}

/**
 * A question as a link's fragment, which browsers send to nobody: a prompt in the path or the query would stand in logs.
 */
export function fragmentOf(question: Question): string {
  const { view, prompt, lens, site, colour, log, cell, pins } = question;
  const members = new URLSearchParams({ view, prompt, lens, site, colour });
  if (log) members.set("log", "1");
  if (cell !== null) members.set("cell", `${cell.position}.${cell.layer}`);
  if (pins.length > 0) members.set("pins", pins.join("."));
  return `#${members}`;
}

/** The question of a fragment; what it lacks, or has wrong, is as at first. */
export function questionOf(fragment: string): Question {
  const members = new URLSearchParams(fragment.replace(/^#/, ""));
  const said = (name: string) => members.get(name);
  const cell = /^(\d{1,7})\.(\d{1,4}|output)$/.exec(said("cell") ?? "");
  const pins = /^\d{1,9}(\.\d{1,9})*$/.test(said("pins") ?? "") ? said("pins")!.split(".").map(Number) : [];
  return {
    view: (Object.keys(VIEWS) as View[]).find((view) => view === said("view")) ?? FIRST_QUESTION.view,
    prompt: said("prompt") ?? FIRST_QUESTION.prompt,
    lens: said("lens") ?? FIRST_QUESTION.lens,
    site: SITES.find((site) => site === said("site")) ?? FIRST_QUESTION.site,
    colour: said("colour") as ColouringName | null ?? FIRST_QUESTION.colour,
    log: said("log") === "1",
    pins: [...new Set(pins)].slice(0, MOST_PINS),
    cell: cell === null
      ? null
      : { position: Number(cell[1]), layer: cell[2] === "output" ? "output" : Number(cell[2]) },
  };
}
