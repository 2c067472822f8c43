import type { Found } from "./found.ts";
import type { Imported } from "./imported.ts";
import { MAX_PROB } from "./import_limits.ts";
import { promptTitle } from "./prompt_title.ts";
import { Room } from "./room.ts";
import { readLayers, readTrajectory, type TopCell, trajectoriesData } from "./trajectories.ts";

/** logitlenskit's first JSON: `{layers, tokens, cells: [position][layer]{token, prob, trajectory, topk: [{token, prob, trajectory}]}}`. */
export function readLogitlensV1(file: Found): Imported {
  const layers = readLayers(file.member("layers"));
  const tokens = file.member(file.has("tokens") ? "tokens" : "input").texts();
  if (tokens.length === 0) throw file.member("tokens").fault("a list of at least one token");
  const followed = tokens.map(() => new Map<string, number[]>());
  const room = new Room();
  const columns = file.member("cells").exactly(tokens.length, "token").map((column, at) =>
    column.exactly(layers.length, "layer").map((cell) => readCell(cell, layers.length, followed[at]!, room))
  );
  const { data, notes } = trajectoriesData({
    model: file.has("meta") && file.member("meta").has("model") ? file.member("meta").member("model").text() : "",
    lens: "logit",
    layers,
    tokens,
    positions: tokens.map((_, at) => at),
    cells: layers.map((_, row) => columns.map((column) => column[row]!)),
    followed,
  });
  return {
    format: "logitlenskit, version 1",
    prompts: [{ title: promptTitle(tokens, "prompt"), data }],
    notes: [...notes, "The file does not name its lens: taken as the logit lens."],
  };
}

/** The likeliest token stands beside the list of the likeliest, and in it: alone it counts where there is no list. */
function readCell(cell: Found, layers: number, followed: Map<string, number[]>, room: Room): TopCell {
  const list = cell.has("topk") ? cell.member("topk").items() : [];
  room.take(list.length);
  return {
    top: (list.length > 0 ? list : [cell]).map((token) => {
      const text = token.member("token").text();
      const prob = token.member("prob").number(0, MAX_PROB);
      if (token.has("trajectory")) {
        const probs = readTrajectory(token.member("trajectory"), layers);
        if (!followed.has(text)) followed.set(text, probs);
      }
      return { text, prob };
    }),
  };
}
