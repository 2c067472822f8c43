import type { Found } from "./found.ts";
import type { Imported } from "./imported.ts";
import { promptTitle } from "./prompt_title.ts";
import { Room } from "./room.ts";
import { readLayers, readTrajectory, type TopCell, trajectoriesData } from "./trajectories.ts";

/**
 * logitlenskit's JSON of version 2, and that of its successor nnsightful, which may have positions, and tokens that the model went
 * on with: `{meta, layers, input, completion?, positions?, tracked: [column]{token: [layer]}, topk: [layer][column][], entropy?}`.
 */
export function readLogitlensV2(file: Found): Imported {
  const meta = file.member("meta");
  const version = meta.member("version");
  if (version.value !== 2) throw version.fault("2");
  const layers = readLayers(file.member("layers"));
  const completion = given(file, "completion")?.texts() ?? [];
  const tokens = [...file.member("input").texts(), ...completion];
  if (tokens.length === 0) throw file.member("input").fault("a list of at least one token");
  const positions = readPositions(given(file, "positions"), tokens.length);
  const followed = file.member("tracked").exactly(positions.length, "position").map((column) =>
    readFollowed(column, layers.length)
  );
  const entropy = given(file, "entropy")?.exactly(layers.length, "layer").map((layer) =>
    layer.exactly(positions.length, "position").map((value) => value.number())
  );
  const probs = followed.map(({ probs }) => probs);
  const room = new Room();
  const cells = file.member("topk").exactly(layers.length, "layer").map((layer, row) =>
    layer.exactly(positions.length, "position").map((cell, column): TopCell => ({
      top: textsOf(cell, room).map((text) => ({ text, prob: probs[column]!.get(text)?.[row] ?? null })),
      ...entropy !== undefined && { entropy: entropy[row]![column]! },
    }))
  );
  const isJacobian = completion.length > 0 || given(file, "completion") !== null;
  const isSuccessor = isJacobian || given(file, "positions") !== null;
  const { data, notes } = trajectoriesData({
    model: given(meta, "model")?.text() ?? "",
    lens: isJacobian ? "jacobian" : "logit",
    layers,
    tokens,
    positions,
    cells,
    followed: probs,
  });
  return {
    format: isSuccessor ? "nnsightful (logitlenskit, version 2)" : "logitlenskit, version 2",
    prompts: [{ title: promptTitle(tokens, "prompt"), data }],
    notes: [
      ...notes,
      isJacobian
        ? "The model's own continuation is there, so this is taken as nnsightful's Jacobian lens."
        : "The file does not name its lens: taken as the logit lens.",
      ...followed.some(({ hasRanks }) => hasRanks)
        ? ["Ranks of followed tokens are left out: the format does not say from where they count."]
        : [],
    ],
  };
}

function textsOf(cell: Found, room: Room): string[] {
  room.take(cell.count);
  return cell.texts();
}

/** A member that may be missing, or null. */
function given(file: Found, name: string): Found | null {
  const found = file.member(name);
  return found.isThere && found.value !== null ? found : null;
}

function readPositions(positions: Found | null, tokens: number): number[] {
  if (positions === null) return Array.from({ length: tokens }, (_, at) => at);
  const list = positions.items().map((position) => position.integer(0, tokens - 1));
  if (list.length === 0 || new Set(list).size < list.length) throw positions.fault("a list of positions, each once,");
  return list;
}

/** A token's values are its probabilities, or `{prob, rank}` of them. */
function readFollowed(column: Found, layers: number): { probs: Map<string, number[]>; hasRanks: boolean } {
  const probs = new Map<string, number[]>();
  let hasRanks = false;
  for (const [text, found] of column.entries()) {
    const isPair = found.has("prob");
    probs.set(text, readTrajectory(isPair ? found.member("prob") : found, layers));
    hasRanks ||= isPair && found.has("rank");
  }
  return { probs, hasRanks };
}
