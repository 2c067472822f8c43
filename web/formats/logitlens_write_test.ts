import assert from "node:assert/strict";
import { Picture } from "../state/picture.ts";
import { ExportFault } from "./export_fault.ts";
import { Found } from "./found.ts";
import { writeLogitlens } from "./logitlens_write.ts";
import { pictureOf } from "./picture_of.ts";
import { readLogitlensV2 } from "./read_logitlens_v2.ts";
import { LOGITLENS_V2, NNSIGHTFUL } from "./testing/small_files.ts";

const READING = { lens: "logit", site: "resid_post" };
const NOW = new Date("2026-01-01T00:00:00Z");
const read = (file: unknown) => readLogitlensV2(new Found(JSON.parse(JSON.stringify(file)), "the file"));

Deno.test("a file of logitlenskit comes back from writeLogitlens() as it was read", () => {
  for (const source of [LOGITLENS_V2, NNSIGHTFUL]) {
    const first = read({
      ...source,
      topk: source.topk.map((layer) =>
        layer.map((cell) => cell.filter((it, at) => it !== " sat" && cell.indexOf(it) === at))
      ),
    });
    const { file } = writeLogitlens(pictureOf(first.prompts[0]!), READING, NOW);
    const second = read(file);
    assert.equal(second.format, first.format);
    // Followed tokens stand in another order.
    const sorted = ({ data }: typeof first.prompts[0]) => ({
      ...data,
      cells: data.cells.map((cell) => ({ ...cell, tracked: cell.tracked.toSorted((a, b) => a.text < b.text ? -1 : 1) }))
        .sort((a, b) => a.layer - b.layer || a.position - b.position),
    });
    assert.deepEqual(sorted(second.prompts[0]!), sorted(first.prompts[0]!));
  }
});

Deno.test("writeLogitlens() says where two ids have one text, and what it does not know", () => {
  const token = (id: number, text: string, prob: number | null) => ({ id, piece: text, text, prob, logprob: null });
  const picture = (prob: number | null) =>
    Picture.of({
      model: "m",
      lenses: ["logit"],
      norm: "own",
      tokens: [token(1, "a", 0)],
      layers: [0, 1],
      output: [],
      cells: [
        { position: 0, ...READING, layer: 0, top: [token(5, "x", 0.5), token(6, "x", 0.25)], tracked: [] },
        { position: 0, ...READING, layer: 1, top: [token(7, "y", 0.123456789), token(5, "x", prob)], tracked: [] },
      ],
    });
  const { file, notes } = writeLogitlens(picture(0.1), READING, NOW);
  assert.deepEqual(file, {
    meta: { version: 2, timestamp: "2026-01-01T00:00:00.000Z", model: "m" },
    layers: [0, 1],
    input: ["a"],
    tracked: [{ x: [0.5, 0.1], y: [0, 0.12346] }],
    topk: [[["x", "x"]], [["y", "x"]]],
  });
  assert.match(notes.join(" "), /1 tokens have the text of another.*2 probabilities .* are written as 0/);
  assert.throws(() => writeLogitlens(picture(null), READING, NOW), ExportFault);
  assert.throws(() => writeLogitlens(picture(0.1), { lens: "tuned", site: "resid_post" }, NOW), ExportFault);
});
