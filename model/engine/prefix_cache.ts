import type { ModelConfig } from "../checkpoint/config.ts";
import { keyWidth } from "../graph/attention.ts";

/** Keys and values of one layer for consecutive positions, each [kvHeads, positions, keyWidth] float32. */
export interface LayerKeyValues {
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** Keys and values of all layers for the first `tokens` positions of a prompt. */
export interface CachedPrefix {
  readonly tokens: number;
  readonly layers: readonly LayerKeyValues[];
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

  /** The longest known prefix of `ids`, of `limit` tokens at most; null where there is none. */
  match(ids: Int32Array, limit: number): CachedPrefix | null {
    const parts: { node: Node; tokens: number }[] = [];
    let tokens = 0;
    for (let node = this.#root.children.get(ids[0]!); node && tokens < limit;) {
      const shared = sharedLength(node.ids, ids.subarray(tokens, limit));
      if (shared === 0) break;
      parts.push({ node, tokens: shared });
      tokens += shared;
      node.used = ++this.#clock;
      if (shared < node.ids.length) break;
      node = node.children.get(ids[tokens]!);
    }
    if (tokens === 0) return null;
    const layers = parts[0]!.node.layers.map((_, layer) => {
      const pieces = (of: keyof LayerKeyValues) =>
        this.#joined(parts.map((part) => ({ values: part.node.layers[layer]![of], tokens: part.tokens })));
      return { key: pieces("key"), value: pieces("value") };
    });
    return { tokens, layers };
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

  #joined(parts: readonly { readonly values: Float32Array; readonly tokens: number }[]): Float32Array {
    const row = this.#width;
    const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
    const whole = new Float32Array(this.#heads * tokens * row);
    for (let head = 0; head < this.#heads; head++) {
      let at = head * tokens * row;
      for (const part of parts) {
        const start = head * (part.values.length / this.#heads);
        whole.set(part.values.subarray(start, start + part.tokens * row), at);
        at += part.tokens * row;
      }
    }
    return whole;
  }
}

function sharedLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
