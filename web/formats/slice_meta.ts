import type { Found } from "./found.ts";
import { MAX_CELLS, MAX_LAYER, MAX_TOKENS } from "./import_limits.ts";
import { ImportFault } from "./imported.ts";

/** meta.json of a jacobian-lens slice. */
export interface SliceMeta {
  readonly title: string;
  readonly prompt: string;
  /** Positions of the slice, which begins at `offset` in the prompt. */
  readonly positions: number;
  readonly offset: number;
  readonly layers: readonly number[];
  /** Tokens of a cell. */
  readonly topN: number;
  readonly tokens: readonly string[];
  /** Ids of followed tokens; the pinned ones first. */
  readonly followed: readonly number[];
  readonly pinned: number;
  readonly vocabulary: ReadonlyMap<number, string>;
  /** One more than the highest id there can be. */
  readonly ids: number;
  readonly hasGlosses: boolean;
}

const MAX_IDS = 2 ** 31 - 1;

/** @throws {ImportFault} also where T · L · top_n is more than there is room for */
export function readSliceMeta(meta: Found): SliceMeta {
  const layers = meta.member("layers").items().map((layer) => layer.integer(0, MAX_LAYER));
  if (layers.length === 0 || layers.some((layer, at) => at > 0 && layer <= layers[at - 1]!)) {
    throw meta.member("layers").fault("a list of layers in ascending order");
  }
  const positions = meta.member("T").integer(1, MAX_CELLS);
  const topN = meta.member("top_n").integer(1, MAX_TOKENS);
  const cells = positions * layers.length;
  if (cells > MAX_CELLS || cells * topN > MAX_TOKENS) {
    throw new ImportFault(
      `meta.json: T · layers · top_n is ${positions} · ${layers.length} · ${topN}; ` +
        `at most ${MAX_CELLS} cells and ${MAX_TOKENS} tokens would be right`,
    );
  }
  const offset = meta.has("ctx_offset") ? meta.member("ctx_offset").integer(0, MAX_CELLS) : 0;
  const ids = meta.has("vocab_size") ? meta.member("vocab_size").integer(0, MAX_IDS) || MAX_IDS : MAX_IDS;
  const pinned = readIds(meta.member("pinned"), ids);
  return {
    title: meta.member("title").text(),
    prompt: meta.member("prompt").text(),
    positions,
    offset,
    layers,
    topN,
    tokens: meta.member("ctx_strs").exactly(offset + positions, "position").map((token) => token.text()),
    followed: [...new Set([...pinned, ...readIds(meta.member("tracked"), ids)])],
    pinned: new Set(pinned).size,
    vocabulary: readVocabulary(meta.member("vocab"), ids),
    ids,
    hasGlosses: meta.has("alt_token"),
  };
}

function readIds(list: Found, ids: number): number[] {
  return list.items().map((id) => id.integer(0, ids - 1));
}

function readVocabulary(vocab: Found, ids: number): Map<number, string> {
  return new Map(
    vocab.entries().map(([name, text]) => {
      if (!/^\d{1,10}$/.test(name) || Number(name) >= ids) throw vocab.fault(`an object by ids from 0 to ${ids - 1}`);
      return [Number(name), text.text()];
    }),
  );
}
