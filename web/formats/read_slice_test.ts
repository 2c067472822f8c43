import assert from "node:assert/strict";
import type { DroppedFile } from "./dropped_file.ts";
import { ImportFault } from "./imported.ts";
import { readSlice } from "./read_slice.ts";
import { gzip, ints, SLICE_IDS, SLICE_META, SLICE_RANKS, sliceFiles, utf8 } from "./testing/small_files.ts";

Deno.test("readSlice() reads ids, ranks from 1 and followed tokens at the slice's positions", async () => {
  const { format, prompts, notes } = await readSlice(await sliceFiles());
  assert.equal(format, "jacobian-lens, slice");
  const { title, data } = prompts[0]!;
  assert.equal(title, "A slice");
  assert.deepEqual(data.tokens.map(({ text }) => text), ["a", " b", " c"]);
  assert.deepEqual(data.layers, [2, 5]);
  assert.deepEqual(data.lenses, ["jacobian"]);
  const texts: Record<number, string> = { 1: " one", 3: " three", 7: " seven", 9: "" };
  const token = (id: number, rank: number | null) => ({
    id,
    piece: "",
    text: texts[id],
    prob: null,
    logprob: null,
    rank,
  });
  const of = { lens: "jacobian", site: "resid_post" };
  assert.deepEqual(data.cells, [
    { position: 1, ...of, layer: 2, top: [token(1, 1), token(3, 2)], tracked: [token(7, 5), token(1, 1)] },
    { position: 1, ...of, layer: 5, top: [token(7, 1), token(1, 2)], tracked: [token(7, 1), token(1, 2)] },
    { position: 2, ...of, layer: 2, top: [token(3, 1), token(7, 3)], tracked: [token(7, 3), token(1, null)] },
    { position: 2, ...of, layer: 5, top: [token(1, 1), token(9, 10)], tracked: [token(7, 9), token(1, 1)] },
  ]);
  assert.deepEqual(data.output, [
    { position: 1, top: [token(7, 1), token(1, 2)] },
    { position: 2, top: [token(1, 1), token(9, 10)] },
  ]);
  assert.match(notes.join(" "), /Layer 5, its last, is the model's own output. 2 of 3 followed tokens.*Glosses/);
});

Deno.test("slices that do not fit their meta.json are refused, bombs before they are unpacked", async () => {
  const files = await sliceFiles();
  const put = (name: string, bytes: Uint8Array<ArrayBuffer>): DroppedFile[] =>
    files.map((file) => file.name === `slice/${name}` ? { ...file, bytes } : file);
  const meta = (change: object) => put("meta.json", utf8(JSON.stringify({ ...SLICE_META, ...change })));
  const numbers = [...SLICE_IDS, ...SLICE_RANKS];
  const bomb = await gzip(new Uint8Array(5_000_000));
  const cases: [DroppedFile[], string][] = [
    [files.slice(1), "the files have 0 meta.json; one folder of one slice would be right"],
    [[...files, ...files], "the files have 2 meta.json; one folder of one slice would be right"],
    [
      files.filter(({ name }) => !name.endsWith("slice.bin")),
      "beside meta.json there are 0 slice.bin; the slice's whole folder would be right",
    ],
    [
      put("slice.bin", bomb),
      "slice.bin unpacks to more than 64 bytes; 64 bytes, as meta.json has them, would be right",
    ],
    [
      put("slice.bin", await gzip(ints(numbers.slice(1)))),
      "slice.bin unpacks to 60 bytes; 64 bytes, as meta.json has them, would be right",
    ],
    [
      put("slice.bin", utf8("no gzip")),
      "slice.bin is no whole gzip stream; the file as jacobian-lens wrote it would be right",
    ],
    [
      put("slice.bin", (await gzip(ints(numbers))).slice(0, -9)),
      "slice.bin is no whole gzip stream; the file as jacobian-lens wrote it would be right",
    ],
    [put("slice.bin", await gzip(ints(numbers.with(2, 10)))), "slice.bin: id 10 at byte 8; 0 to 9 would be right"],
    [put("slice.bin", await gzip(ints(numbers.with(9, -1)))), "slice.bin: rank -1 at byte 36; 0 to 9 would be right"],
    [
      put("ranks/7.bin", bomb),
      "ranks/7.bin unpacks to more than 16 bytes; 16 bytes, as meta.json has them, would be right",
    ],
    [put("ranks/7.bin", await gzip(ints([0, 0, 10, 0]))), "ranks/7.bin: rank 10 at byte 8; 0 to 9 would be right"],
    [
      meta({ T: 1_000_000, layers: [2, 5], ctx_strs: [] }),
      "meta.json: T · layers · top_n is 1000000 · 2 · 2; at most 1048576 cells and 4194304 tokens would be right",
    ],
    [
      meta({ top_n: 4_000_000 }),
      "meta.json: T · layers · top_n is 2 · 2 · 4000000; at most 1048576 cells and 4194304 tokens would be right",
    ],
    [meta({ ctx_offset: 2 }), "meta.json: ctx_strs is a list of 3; a list of 4, one for each position, would be right"],
    [meta({ layers: [5, 2] }), "meta.json: layers is a list of 2; a list of layers in ascending order would be right"],
    [meta({ vocab: { "10": "x" } }), "meta.json: vocab is an object; an object by ids from 0 to 9 would be right"],
    [meta({ pinned: [-1] }), "meta.json: pinned[0] is -1; a whole number from 0 to 9 would be right"],
    [
      put("meta.json", utf8('{"T": 2, "layers": [0, NaN]}')),
      "meta.json is no JSON: NaN at line 1, column 24; a number or null would be right",
    ],
  ];
  for (const [given, message] of cases) await assert.rejects(readSlice(given), new ImportFault(message));
});
