import type { Found } from "../formats/found.ts";
import { MAX_LAYER, MAX_PROB } from "../formats/import_limits.ts";
import { readStatistics } from "../formats/read_statistics.ts";
import { Room } from "../formats/room.ts";
import type { Cell, OutputCell, PictureData, RankedToken, ShownToken } from "../state/cell.ts";

const MAX_ID = 2 ** 31 - 1;

/** A picture as data_of.ts gives it; what the file it came from did not say is null. */
export function readPictureData(picture: Found): PictureData {
  const tokens = picture.member("tokens").items().map(shownToken);
  if (tokens.length === 0) throw picture.member("tokens").fault("a list of at least one token");
  const room = new Room();
  return {
    model: picture.member("model").text(),
    lenses: picture.member("lenses").texts(),
    norm: perhaps(picture.member("norm"), (norm) => norm.text()),
    tokens,
    layers: picture.member("layers").items().map((layer) => layer.integer(0, MAX_LAYER)),
    output: picture.member("output").items().map((cell) => outputCell(cell, tokens.length, room)),
    cells: picture.member("cells").items().map((cell) => readCell(cell, tokens.length, room)),
  };
}

function outputCell(cell: Found, positions: number, room: Room): OutputCell {
  const top = cell.member("top").items().map(rankedToken);
  room.take(top.length);
  return { position: cell.member("position").integer(0, positions - 1), top, ...readStatistics(cell) };
}

function readCell(cell: Found, positions: number, room: Room): Cell {
  const tracked = cell.member("tracked").items().map(rankedToken);
  room.take(tracked.length);
  return {
    ...outputCell(cell, positions, room),
    lens: cell.member("lens").text(),
    site: cell.member("site").text(),
    layer: cell.member("layer").integer(0, MAX_LAYER),
    tracked,
    ...cell.has("warnings") && { warnings: cell.member("warnings").texts() },
  };
}

function rankedToken(token: Found): RankedToken {
  return {
    ...shownToken(token),
    prob: perhaps(token.member("prob"), (prob) => prob.number(0, MAX_PROB)),
    logprob: perhaps(token.member("logprob"), (logprob) => logprob.number()),
    ...token.has("rank") && { rank: perhaps(token.member("rank"), (rank) => rank.integer(1, MAX_ID)) },
    // The service's tokens have one: a probe that was stopped is not said less of.
    ...token.has("logit") && { logit: token.member("logit").number() },
  };
}

function shownToken(token: Found): ShownToken {
  return {
    id: perhaps(token.member("id"), (id) => id.integer(0, MAX_ID)),
    piece: token.member("piece").text(),
    text: token.member("text").text(),
  };
}

function perhaps<T>(found: Found, read: (found: Found) => T): T | null {
  return found.value === null ? null : read(found);
}
