import type { ChatMessage, Prompt, Site } from "../../clients/typescript/midstream.ts";
import type { ColouringName } from "../colours/colouring.ts";

export const SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const satisfies Site[];

/** The four components of a block that are read at the last position. */
export const COMPONENTS = ["attn_out", "resid_mid", "mlp_out", "resid_post"] as const satisfies Site[];

/** Tokens followed at once: as many as there are colours that can be told apart. */
export const MOST_PINS = 8;

/** What stands side by side: two lenses at one site, or all sites by one lens. */
export const BESIDE = ["lenses", "sites"] as const;

/** Every how many layers are shown. */
export const STRIDES = [1, 2, 4, 8] as const;

/** What a cell of the grid has room for: a token, its beginning, or its colour alone. */
export const ZOOMS = ["text", "narrow", "colour"] as const;

/** A cell of the grid: position, and block or the model's own output. */
export interface Place {
  readonly position: number;
  readonly layer: number | "output";
}

/** All that the screen shows follows from this and the service's answers; a link holds all of it. */
export interface Question {
  /** One of pages/pages.ts. */
  readonly page: string;
  /** One of views/views.ts. */
  readonly view: string;
  readonly prompt: string;
  /** The prompt is what a user says in a chat, in the model's own template. */
  readonly chat: boolean;
  /** What was said in the chat before. */
  readonly turns: readonly ChatMessage[];
  readonly lens: string;
  /** The lens that another is held against. */
  readonly against: string;
  readonly site: Site;
  readonly beside: typeof BESIDE[number];
  readonly colour: ColouringName;
  readonly log: boolean;
  /** One of colours/difference.ts. */
  readonly difference: string;
  readonly zoom: typeof ZOOMS[number];
  readonly stride: typeof STRIDES[number];
  /** All lenses are followed, not the chosen one alone. */
  readonly all: boolean;
  /** Tables of ranks without colours. */
  readonly plain: boolean;
  /** The cell chosen by hand. */
  readonly cell: Place | null;
  /** Ids of the tokens that are followed, each once. */
  readonly pins: readonly number[];
  /** The job looked at, and which of its prompts, from 0. */
  readonly job: { readonly id: string; readonly prompt: number | null } | null;
}

export const FIRST_QUESTION: Question = {
  page: "explore",
  view: "grid",
  prompt: "Once upon a time, there was a little girl named",
  chat: false,
  turns: [],
  lens: "logit",
  against: "tuned",
  site: "resid_post",
  beside: "lenses",
  colour: "prob",
  log: false,
  difference: "output_prob",
  zoom: "text",
  stride: 1,
  all: false,
  plain: false,
  cell: null,
  pins: [],
  job: null,
};

/** The prompt as the API takes it. */
export function promptOf({ prompt, chat, turns }: Question): Prompt {
  return chat ? { messages: [...turns, { role: "user", content: prompt }] } : prompt;
}

/**
 * A question as a link's fragment, which browsers send to nobody: a prompt in the path or the query would stand in logs.
 */
export function fragmentOf(question: Question): string {
  const { view, prompt, lens, site, colour, turns, cell, pins } = question;
  const members = new URLSearchParams({ view, prompt, lens, site, colour });
  for (const name of ["page", "against", "beside", "difference", "zoom", "stride"] as const) {
    if (question[name] !== FIRST_QUESTION[name]) members.set(name, String(question[name]));
  }
  for (const name of ["chat", "log", "all", "plain"] as const) if (question[name]) members.set(name, "1");
  if (turns.length > 0) members.set("turns", JSON.stringify(turns.map(({ role, content }) => [role, content])));
  if (cell !== null) members.set("cell", `${cell.position}.${cell.layer}`);
  if (pins.length > 0) members.set("pins", pins.join("."));
  if (question.job !== null) members.set("job", `${question.job.id}.${question.job.prompt ?? ""}`);
  return `#${members}`;
}

/** The question of a fragment; what it lacks, or has wrong, is as at first. */
export function questionOf(fragment: string): Question {
  const members = new URLSearchParams(fragment.replace(/^#/, ""));
  const said = (name: string) => members.get(name);
  const cell = /^(\d{1,7})\.(\d{1,4}|output)$/.exec(said("cell") ?? "");
  const pins = /^\d{1,9}(\.\d{1,9})*$/.test(said("pins") ?? "") ? said("pins")!.split(".").map(Number) : [];
  const job = /^([\w-]{1,64})\.(\d{0,9})$/.exec(said("job") ?? "");
  const oneOf = <T extends number | string>(name: string, list: readonly T[]) =>
    list.find((value) => String(value) === said(name));
  return {
    page: said("page") ?? FIRST_QUESTION.page,
    view: said("view") ?? FIRST_QUESTION.view,
    prompt: said("prompt") ?? FIRST_QUESTION.prompt,
    chat: said("chat") === "1",
    turns: turnsOf(said("turns")),
    lens: said("lens") ?? FIRST_QUESTION.lens,
    against: said("against") ?? FIRST_QUESTION.against,
    site: oneOf("site", SITES) ?? FIRST_QUESTION.site,
    beside: oneOf("beside", BESIDE) ?? FIRST_QUESTION.beside,
    colour: said("colour") as ColouringName | null ?? FIRST_QUESTION.colour,
    log: said("log") === "1",
    difference: said("difference") ?? FIRST_QUESTION.difference,
    zoom: oneOf("zoom", ZOOMS) ?? FIRST_QUESTION.zoom,
    all: said("all") === "1",
    plain: said("plain") === "1",
    stride: oneOf("stride", STRIDES) ?? FIRST_QUESTION.stride,
    pins: [...new Set(pins)].slice(0, MOST_PINS),
    job: job === null ? null : { id: job[1]!, prompt: job[2] === "" ? null : Number(job[2]) },
    cell: cell === null
      ? null
      : { position: Number(cell[1]), layer: cell[2] === "output" ? "output" : Number(cell[2]) },
  };
}

function turnsOf(text: string | null): readonly ChatMessage[] {
  try {
    const turns: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(turns)) return [];
    const whole = turns.every((turn) => Array.isArray(turn) && turn.length === 2 && turn.every(isText));
    return whole ? turns.map(([role, content]) => ({ role, content })) : [];
  } catch {
    return [];
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
