import type {
  EndFrame,
  LensRef,
  ModelRef,
  OutputFrame,
  PromptToken,
  ReadoutFrame,
  Site,
  StartFrame,
  TopToken,
  TrackedToken,
} from "../../clients/typescript/midstream.ts";
import type { Found } from "./found.ts";
import { MAX_LAYER, MAX_PROB } from "./import_limits.ts";
import { readStatistics } from "./read_statistics.ts";
import type { Room } from "./room.ts";

/** What a start frame has, and an answer as well. */
export type Asked = Pick<StartFrame, "model" | "lenses" | "norm" | "tokens" | "warnings">;

/** What was asked, which every cell must lie in. */
export interface Bounds {
  /** Tokens of the prompt. */
  readonly positions: number;
  readonly lenses: ReadonlySet<string>;
  readonly room: Room;
}

const MAX_ID = 2 ** 31 - 1;

export function readAsked(answer: Found): Asked {
  const model = answer.member("model");
  const tokens = answer.member("tokens").items().map(promptToken);
  if (tokens.length === 0) throw answer.member("tokens").fault("a list of at least one token");
  return {
    model: {
      id: model.member("id").text(),
      digest: model.member("digest").text(),
      precision: model.member("precision").text() as ModelRef["precision"],
    },
    lenses: answer.member("lenses").items().map(lensRef),
    norm: answer.member("norm").text() as StartFrame["norm"],
    tokens,
    warnings: answer.member("warnings").texts(),
  };
}

export function boundsOf({ tokens, lenses }: Asked, room: Room): Bounds {
  return { positions: tokens.length, lenses: new Set(lenses.map(({ id }) => id)), room };
}

export function readOutput(cell: Found, { positions, room }: Bounds): OutputFrame {
  const top = cell.member("top");
  room.take(top.count);
  return {
    type: "output",
    position: cell.member("position").integer(0, positions - 1),
    top: top.items().map(topToken),
    entropy: cell.member("entropy").number(),
  };
}

export function readReadout(cell: Found, { positions, lenses, room }: Bounds): ReadoutFrame {
  const top = cell.member("top");
  const tracked = cell.member("tracked");
  const lens = cell.member("lens");
  if (!lenses.has(lens.text())) throw lens.fault("one of the answer's lenses");
  room.take(top.count + tracked.count);
  return {
    type: "readout",
    position: cell.member("position").integer(0, positions - 1),
    lens: lens.text(),
    site: cell.member("site").text() as Site,
    layer: cell.member("layer").integer(0, MAX_LAYER),
    top: top.items().map(topToken),
    tracked: tracked.items().map(trackedToken),
    ...readStatistics(cell),
    warnings: cell.member("warnings").texts(),
  };
}

export function readEnd(answer: Found): EndFrame {
  const usage = answer.member("usage");
  const timing = answer.member("timing");
  const count = (name: string) => usage.member(name).integer(0, Number.MAX_SAFE_INTEGER);
  const ms = (name: string) => timing.member(name).number(0);
  return {
    type: "end",
    usage: {
      prompt_tokens: count("prompt_tokens"),
      cached_tokens: count("cached_tokens"),
      rows: count("rows"),
    },
    timing: {
      queue_ms: ms("queue_ms"),
      tokenize_ms: ms("tokenize_ms"),
      forward_ms: ms("forward_ms"),
      lens_ms: ms("lens_ms"),
    },
  };
}

function lensRef(lens: Found): LensRef {
  return {
    id: lens.member("id").text(),
    kind: lens.member("kind").text() as LensRef["kind"],
    ...lens.has("sha256") && { sha256: lens.member("sha256").text() },
    ...lens.has("model_match") && {
      model_match: lens.member("model_match").text() as NonNullable<LensRef["model_match"]>,
    },
  };
}

function promptToken(token: Found, at: number): PromptToken {
  return { position: token.member("position").integer(at, at), ...spelt(token) };
}

function topToken(token: Found): TopToken {
  return { ...spelt(token), ...scored(token) };
}

function trackedToken(token: Found): TrackedToken {
  return { ...spelt(token), rank: token.member("rank").integer(1, MAX_ID), ...scored(token) };
}

function spelt(token: Found) {
  return {
    id: token.member("id").integer(0, MAX_ID),
    piece: token.member("piece").text(),
    text: token.member("text").text(),
  };
}

function scored(token: Found) {
  return {
    logit: token.member("logit").number(),
    logprob: token.member("logprob").number(),
    prob: token.member("prob").number(0, MAX_PROB),
  };
}
