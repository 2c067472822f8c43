import type { DroppedFile } from "../dropped_file.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

export async function gzip(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
}

/** Little-endian int32. */
export function ints(values: readonly number[]): Bytes {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, at) => view.setInt32(4 * at, value, true));
  return new Uint8Array(view.buffer);
}

const HEADER = "Layer,Attention mechanism,Intermediate residual stream,MLP output,Block output\n";

/** Two prompts of the seed's logit lens: decoded text. */
export const SEED_TEXT = HEADER +
  `layer0,"[('the', 12.0), ('\\n', 0.07)]","[(""it's"", 3.5), ('', 0.0)]","[('�', 100.0), ('""', 0.5)]","[('a, b', 9.99), ('\\\\', 1.0)]"\n` +
  `layer1,"[('x', 1.0), ('y', 1.0)]","[('x', 1.0), ('y', 1.0)]","[('x', 1.0), ('y', 1.0)]","[('Lily', 54.35), ('Tom', 2.67)]"\n` +
  HEADER +
  `layer0,"[('b', 0.1), ('c', 0.05)]","[('b', 0.1), ('c', 0.05)]","[('b', 0.1), ('c', 0.05)]","[('b', 0.1), ('c', 0.05)]"\n`;

/** The seed's tuned lens: pieces. */
export const SEED_PIECES = HEADER +
  `layer0,"[('▁the', 12.0), ('<0x0A>', 0.07)]","[('▁▁▁▁', 3.5), ('</s>', 0.0)]","[('<0xE2>', 100.0), ('s', 0.5)]","[('▁Lily', 9.99), ('▁', 1.0), ('<p>', 0.5)]"\n`;

/** The oldest files: whole percents. */
export const SEED_WHOLE = HEADER +
  `layer0,"[('the', 12), ('a', 0)]","[('the', 12), ('a', 0)]","[('the', 12), ('a', 0)]","[('the', 100), ('a', 0)]"\n`;

export const LOGITLENS_V2 = {
  meta: { version: 2, timestamp: "2026-01-01T00:00:00Z", model: "test-model" },
  layers: [0, 4],
  input: ["The", " quick", " fox"],
  tracked: [
    { " the": [0.1, 0.2], " a": [0.05, 0.3] },
    // A token may be called so: an own member, as JSON.parse makes it.
    JSON.parse('{" brown": [0.5, 0.75], "__proto__": [0.25, 0]}'),
    { " jumps": [0.4, 0.9] },
  ],
  topk: [
    [[" the", " a"], [" brown"], [" jumps"]],
    [[" a", " the"], [" brown"], [" jumps", " sat"]],
  ],
};

/** nnsightful: some positions of the prompt, and entropies. */
export const NNSIGHTFUL = {
  meta: { version: 2, timestamp: "3h", model: "m" },
  layers: [3, 1],
  input: ["a", "b", "c"],
  positions: [2, 0],
  tracked: [{ "x": [0.5, 0.25] }, { "y": { prob: [0.125, 1], rank: [3, 1] } }],
  topk: [[["x"], ["y"]], [["x", "x"], ["y"]]],
  entropy: [[1.5, 2], [0, 0.25]],
};

/** nnsightful's Jacobian lens: tokens that the model went on with follow the prompt's. */
export const NNSIGHTFUL_JACOBIAN = {
  meta: { version: 2, timestamp: "3h", model: "m" },
  layers: [0],
  input: ["a"],
  completion: ["b"],
  positions: null,
  tracked: [{ "x": [0.5] }, { "y": [0.25] }],
  topk: [[["x"], ["y"]]],
  entropy: null,
};

const alone = (token: string, prob: number, trajectory: number[]) => ({ token, prob, trajectory });

export const LOGITLENS_V1 = {
  layers: [0, 1],
  tokens: ["The", " end"],
  cells: [
    [
      {
        ...alone(" of", 0.5, [0.5, 0.25]),
        topk: [alone(" of", 0.5, [0.5, 0.25]), alone(" a", 0.125, [0.125, 0.0625])],
      },
      { ...alone(" is", 0.75, [0.1, 0.75]), topk: [alone(" is", 0.75, [0.1, 0.75])] },
    ],
    [alone("!", 0.9, [0.9, 0.95]), alone("!", 0.95, [0.9, 0.95])],
  ],
};

/** The last two of three positions, layers 2 and 5, two tokens a cell, of a vocabulary of ten. */
export const SLICE_META = {
  title: "A slice",
  what: "a test",
  prompt: "a b c",
  T: 2,
  layers: [2, 5],
  top_n: 2,
  ctx_strs: ["a", " b", " c"],
  tracked: [1, 7, 9],
  vocab: { "1": " one", "3": " three", "7": " seven" },
  pinned: [7],
  vocab_size: 10,
  ctx_offset: 1,
  alt_token: { "3": "drei" },
};

export const SLICE_IDS = [1, 3, 7, 1, 3, 7, 1, 9];
export const SLICE_RANKS = [0, 1, 0, 1, 0, 2, 0, 9];
export const SLICE_FOLLOWED = { 7: [4, 0, 2, 8], 1: [0, 1, -1, 0] };

export async function sliceFiles(folder = "slice/"): Promise<DroppedFile[]> {
  return [
    { name: `${folder}meta.json`, bytes: utf8(JSON.stringify(SLICE_META)) },
    { name: `${folder}slice.bin`, bytes: await gzip(ints([...SLICE_IDS, ...SLICE_RANKS])) },
    ...await Promise.all(
      Object.entries(SLICE_FOLLOWED).map(async ([id, ranks]) => ({
        name: `${folder}ranks/${id}.bin`,
        bytes: await gzip(ints(ranks)),
      })),
    ),
    { name: `${folder}index.html`, bytes: utf8("<!doctype html>") },
  ];
}
