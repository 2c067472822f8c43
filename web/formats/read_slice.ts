import type { Cell, OutputCell, RankedToken } from "../state/cell.ts";
import { baseName, type DroppedFile, isGzip } from "./dropped_file.ts";
import type { Found } from "./found.ts";
import { gunzipInts } from "./gunzip_ints.ts";
import { type Imported, ImportFault } from "./imported.ts";
import { MAX_FOLLOWED } from "./import_limits.ts";
import { parseJson } from "./parse_json.ts";
import { promptTitle } from "./prompt_title.ts";
import { Room } from "./room.ts";
import { tokenOfText } from "./shown_tokens.ts";
import { readSliceMeta, type SliceMeta } from "./slice_meta.ts";
import { utf8Text } from "./utf8_text.ts";

const RANKS = /^(\d{1,10})\.bin$/;

/**
 * A folder of jacobian-lens: meta.json, slice.bin (ids, then ranks: int32 [T, L, top_n] each) and ranks/{id}.bin (int32 [T, L]).
 * Its ranks count from 0. The last of its layers is always the model's own output.
 */
export async function readSlice(files: readonly DroppedFile[]): Promise<Imported> {
  const meta = readSliceMeta(metaOf(files));
  const { positions, layers, topN, followed } = meta;
  const cells = positions * layers.length;
  const slice = await gunzipInts(sliceOf(files).bytes, 2 * cells * topN, "slice.bin");
  const ranks = await ranksOf(files, meta);
  const room = new Room();
  const token = (id: number): RankedToken => {
    return { ...tokenOfText(meta.vocabulary.get(id) ?? ""), id, prob: null, logprob: null };
  };
  const list: Cell[] = [];
  for (let at = 0; at < cells; at++) {
    const top = Array.from({ length: topN }, (_, place) => {
      const index = at * topN + place;
      const id = slice[index]!;
      if (id < 0 || id >= meta.ids) throw outOf(`id ${id}`, index, meta.ids);
      return { ...token(id), rank: rankOf(slice[cells * topN + index]!, cells * topN + index, meta.ids) };
    });
    const tracked = [...ranks].map(([id, of]) => ({ ...token(id), rank: of[at]! < 0 ? null : of[at]! + 1 }));
    room.take(top.length + tracked.length);
    list.push({
      position: meta.offset + Math.floor(at / layers.length),
      lens: "jacobian",
      site: "resid_post",
      layer: layers[at % layers.length]!,
      top,
      tracked,
    });
  }
  const last = layers.at(-1)!;
  const output: OutputCell[] = list.filter(({ layer }) => layer === last).map(({ position, top }) => ({
    position,
    top,
  }));
  const missing = followed.length - ranks.size;
  return {
    format: "jacobian-lens, slice",
    prompts: [{
      title: promptTitle([meta.title], promptTitle([meta.prompt], "prompt")),
      data: {
        model: "",
        lenses: ["jacobian"],
        norm: "own",
        tokens: meta.tokens.map(tokenOfText),
        layers,
        output,
        cells: list,
      },
    }],
    notes: [
      "The file has ranks and no probabilities, and does not name the model.",
      `Layer ${last}, its last, is the model's own output.`,
      ...missing > 0 ? [`${ranks.size} of ${followed.length} followed tokens are shown, the pinned ones first.`] : [],
      ...meta.hasGlosses ? ["Glosses of tokens (alt_token) are left out."] : [],
    ],
  };
}

function metaOf(files: readonly DroppedFile[]): Found {
  const found = files.filter((file) => !isGzip(file) && baseName(file) === "meta.json");
  if (found.length !== 1) {
    throw new ImportFault(`the files have ${found.length} meta.json; one folder of one slice would be right`);
  }
  return parseJson(utf8Text(found[0]!.bytes), "meta.json");
}

function sliceOf(files: readonly DroppedFile[]): DroppedFile {
  const found = files.filter((file) => baseName(file) === "slice.bin");
  if (found.length !== 1) {
    throw new ImportFault(
      `beside meta.json there are ${found.length} slice.bin; the slice's whole folder would be right`,
    );
  }
  return found[0]!;
}

/** Of as many followed tokens as there is room for, those whose file is there: rank from 0 by position and layer. */
async function ranksOf(files: readonly DroppedFile[], meta: SliceMeta): Promise<Map<number, Int32Array>> {
  const cells = meta.positions * meta.layers.length;
  const most = Math.floor(MAX_FOLLOWED / cells);
  const byId = new Map(files.map((file) => [RANKS.exec(baseName(file))?.[1], file]));
  const ranks = new Map<number, Int32Array>();
  for (const id of meta.followed) {
    const file = byId.get(String(id));
    if (file === undefined) continue;
    if (ranks.size === most) break;
    const of = await gunzipInts(file.bytes, cells, `ranks/${id}.bin`);
    const above = of.findIndex((rank) => rank >= meta.ids);
    if (above >= 0) throw outOf(`ranks/${id}.bin: rank ${of[above]}`, above, meta.ids);
    ranks.set(id, of);
  }
  return ranks;
}

function rankOf(rank: number, index: number, ids: number): number {
  if (rank < 0 || rank >= ids) throw outOf(`rank ${rank}`, index, ids);
  return rank + 1;
}

function outOf(what: string, index: number, ids: number): ImportFault {
  const place = what.startsWith("ranks/") ? "" : "slice.bin: ";
  return new ImportFault(`${place}${what} at byte ${4 * index}; 0 to ${ids - 1} would be right`);
}
