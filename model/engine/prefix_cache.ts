import type { ModelConfig } from "../checkpoint/config.ts";
import { keyWidth } from "../graph/attention.ts";

/** Keys and values of one layer for consecutive positions, each [kvHeads, positions, keyWidth] float32. */
export interface LayerKeyValues {
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** A run of tokens that follows its parent's, and what was computed of them. */
interface Node {
  ids: Int32Array;
  layers: LayerKeyValues[];
  readonly children: Map<number, Node>;
  parent: Node | null;
  used: number;
}

/**
 * Keys and values of recent prompts by token prefix: a radix tree over ids, so that a prefix which many prompts share is held
 * once, to the token. Within a budget of bytes; what was used longest ago is forgotten first, leaves before what they follow.
 */
export class PrefixCache {
  readonly #root: Node = { ids: new Int32Array(0), layers: [], children: new Map(), parent: null, used: 0 };
  readonly #heads: number;
  readonly #width: number;
  #bytes = 0;
  #clock = 0;

  constructor(config: Pick<ModelConfig, "layers" | "kvHeads" | "headDim">, readonly budgetBytes: number) {
    this.#heads = config.kvHeads;
    this.#width = keyWidth(config);
    this.bytesPerToken = config.layers * 2 * config.kvHeads * this.#width * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Bytes of one position in all layers. */
  readonly bytesPerToken: number;

  get bytes(): number {
    return this.#bytes;
  }

  /** Tokens of the longest known beginning of `ids`, `limit` at most. */
  known(ids: Int32Array, limit: number): number {
    return this.#parts(ids, limit).reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /**
   * Keys and values of positions `from`…`to − 1`, for every layer; copies.
   * @throws {RangeError} where they are not known
   */
  read(ids: Int32Array, from: number, to: number): LayerKeyValues[] {
    const parts: { readonly layers: readonly LayerKeyValues[]; readonly from: number; readonly to: number }[] = [];
    let at = 0;
    for (const { node, tokens } of this.#parts(ids, to)) {
      const start = Math.max(from - at, 0);
      if (start < tokens) parts.push({ layers: node.layers, from: start, to: tokens });
      at += tokens;
      node.used = ++this.#clock;
    }
    if (at < to) throw new RangeError(`${at} tokens are known, not ${to}`);
    return parts[0]!.layers.map((_, layer) => {
      const ranges = parts.map((part) => this.#range(part.layers[layer]!, part.from, part.to));
      return ranges.length === 1 ? ranges[0]! : {
        key: joinPositions(ranges.map(({ key }) => key), this.#heads),
        value: joinPositions(ranges.map(({ value }) => value), this.#heads),
      };
    });
  }

  /** What several `read` give, by layer, one after the other along the positions. */
  readAll(
    ranges: readonly { readonly ids: Int32Array; readonly from: number; readonly to: number }[],
  ): LayerKeyValues[] {
    const read = ranges.map(({ ids, from, to }) => this.read(ids, from, to));
    return (read[0] ?? []).map((_, layer) => ({
      key: joinPositions(read.map((range) => range[layer]!.key), this.#heads),
      value: joinPositions(read.map((range) => range[layer]!.value), this.#heads),
    }));
  }

  /** Remembers what was computed of a prompt: `layers` hold all its positions. Copies what is new. */
  insert(ids: Int32Array, layers: readonly LayerKeyValues[]): void {
    if (ids.length * this.bytesPerToken > this.budgetBytes) return;
    let node = this.#root;
    let tokens = 0;
    while (tokens < ids.length) {
      const next = node.children.get(ids[tokens]!);
      if (!next) {
        this.#append(node, ids, tokens, layers);
        break;
      }
      const shared = sharedLength(next.ids, ids.subarray(tokens));
      tokens += shared;
      node = shared < next.ids.length ? this.#split(next, shared) : next;
      node.used = ++this.#clock;
    }
    while (this.#bytes > this.budgetBytes) this.#forget();
  }

  #append(parent: Node, ids: Int32Array, from: number, layers: readonly LayerKeyValues[]): void {
    const node: Node = {
      ids: ids.slice(from),
      layers: layers.map((layer) => this.#range(layer, from, ids.length)),
      children: new Map(),
      parent,
      used: ++this.#clock,
    };
    parent.children.set(ids[from]!, node);
    this.#bytes += node.ids.length * this.bytesPerToken;
  }

  /** Cuts a node in two after `tokens`; returns the first part. */
  #split(node: Node, tokens: number): Node {
    const parent = node.parent!;
    const first: Node = {
      ids: node.ids.slice(0, tokens),
      layers: node.layers.map((layer) => this.#range(layer, 0, tokens)),
      children: new Map([[node.ids[tokens]!, node]]),
      parent,
      used: node.used,
    };
    parent.children.set(first.ids[0]!, first);
    node.layers = node.layers.map((layer) => this.#range(layer, tokens, node.ids.length));
    node.ids = node.ids.slice(tokens);
    node.parent = first;
    return first;
  }

  /** Forgets the leaf that was used longest ago. */
  #forget(): void {
    let oldest: Node | null = null;
    const visit = (node: Node) => {
      if (node.children.size > 0) { for (const child of node.children.values()) visit(child); }
      else if (oldest === null || node.used < oldest.used) oldest = node;
    };
    visit(this.#root);
    const leaf = oldest! as Node;
    leaf.parent!.children.delete(leaf.ids[0]!);
    this.#bytes -= leaf.ids.length * this.bytesPerToken;
  }

  #range({ key, value }: LayerKeyValues, from: number, to: number): LayerKeyValues {
    return { key: this.#slice(key, from, to), value: this.#slice(value, from, to) };
  }

  #slice(values: Float32Array, from: number, to: number): Float32Array {
    const row = this.#width;
    const positions = values.length / (this.#heads * row);
    const part = new Float32Array(this.#heads * (to - from) * row);
    for (let head = 0; head < this.#heads; head++) {
      const at = head * positions * row;
      part.set(values.subarray(at + from * row, at + to * row), head * (to - from) * row);
    }
    return part;
  }

  /** Nodes along the known beginning of `ids`, with how many of their tokens it takes. */
  #parts(ids: Int32Array, limit: number): { readonly node: Node; readonly tokens: number }[] {
    const parts: { node: Node; tokens: number }[] = [];
    let at = 0;
    for (let node = this.#root.children.get(ids[0]!); node && at < limit;) {
      const tokens = sharedLength(node.ids, ids.subarray(at, limit));
      if (tokens === 0) break;
      parts.push({ node, tokens });
      at += tokens;
      if (tokens < node.ids.length) break;
      node = node.children.get(ids[at]!);
    }
    return parts;
  }
}

/** Arrays [heads, positions, width] as one, along the positions. */
function joinPositions(parts: readonly Float32Array[], heads: number): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (let head = 0; head < heads; head++) {
    for (const part of parts) {
      const stride = part.length / heads;
      whole.set(part.subarray(head * stride, (head + 1) * stride), at);
      at += stride;
    }
  }
  return whole;
}

function sharedLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
