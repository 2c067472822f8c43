type Ids = readonly number[] | Int32Array;

/**
 * Prompts that go through the model together, as one sequence: a tree of their tokens in which a beginning that several share
 * stands once. A token sees its own ancestors and nothing else, so each prompt is computed as if it were alone.
 */
export interface Pack {
  /** [tokens] ids; an ancestor comes before what follows it. */
  readonly ids: Int32Array;
  /** [tokens] place of each token in its prompt: its rotary position. */
  readonly positions: Int32Array;
  /** [tokens] index of the token before it in its prompt; −1 for a first one. */
  readonly parents: Int32Array;
  /** For each prompt the index of each of its tokens, ascending. */
  readonly paths: readonly Int32Array[];
  /** Each token follows the one before it: one prompt, or several that continue each other. */
  readonly chain: boolean;
}

export function packPrompts(prompts: readonly Ids[]): Pack {
  const tree = new PromptTree();
  for (const prompt of prompts) tree.add(prompt);
  return tree.pack();
}

/** Packs prompts in their order, each pack of at most `limit` tokens; a prompt that is longer goes alone. */
export function* packsOf(prompts: readonly Ids[], limit: number): Generator<Pack> {
  let tree = new PromptTree();
  for (const prompt of prompts) {
    if (tree.tokens > 0 && tree.tokens + tree.newTokens(prompt) > limit) {
      yield tree.pack();
      tree = new PromptTree();
    }
    tree.add(prompt);
  }
  if (tree.tokens > 0) yield tree.pack();
}

class PromptTree {
  readonly #ids: number[] = [];
  readonly #positions: number[] = [];
  readonly #parents: number[] = [];
  readonly #paths: Int32Array[] = [];
  /** For each token, and for −1, what follows it by id. */
  readonly #next = new Map<number, Map<number, number>>();
  #chain = true;

  get tokens(): number {
    return this.#ids.length;
  }

  newTokens(prompt: Ids): number {
    let known = 0;
    for (let at = this.#next.get(-1)?.get(prompt[0]!); at !== undefined; known++) {
      at = this.#next.get(at)?.get(prompt[known + 1]!);
    }
    return prompt.length - known;
  }

  add(prompt: Ids): void {
    const path = new Int32Array(prompt.length);
    let parent = -1;
    for (const [position, id] of prompt.entries()) {
      parent = path[position] = this.#next.get(parent)?.get(id) ?? this.#append(id, position, parent);
    }
    this.#paths.push(path);
  }

  pack(): Pack {
    return {
      ids: Int32Array.from(this.#ids),
      positions: Int32Array.from(this.#positions),
      parents: Int32Array.from(this.#parents),
      paths: this.#paths,
      chain: this.#chain,
    };
  }

  #append(id: number, position: number, parent: number): number {
    const index = this.#ids.push(id) - 1;
    this.#positions.push(position);
    this.#parents.push(parent);
    this.#chain &&= parent === index - 1;
    const siblings = this.#next.get(parent) ?? new Map<number, number>();
    this.#next.set(parent, siblings.set(id, index));
    return index;
  }
}

/**
 * What is added to the attention scores of tokens `from`…`to − 1` over tokens 0…`to − 1`, [to − from, to] float32: 0 for a token
 * itself and its ancestors, −∞ for the others. Tokens after it are masked by the attention itself.
 */
export function attentionBias({ parents, chain }: Pack, from: number, to: number): Float32Array {
  const bias = new Float32Array((to - from) * to);
  if (chain) return bias;
  for (let index = from; index < to; index++) {
    const row = bias.subarray((index - from) * to, (index - from + 1) * to);
    row.fill(-Infinity, 0, index);
    for (let seen = index; seen >= 0; seen = parents[seen]!) row[seen] = 0;
  }
  return bias;
}

/** Tokens that all prompts begin with; they stand first in the pack. */
export function sharedTokens({ paths, ids }: Pack): number {
  let shared = 0;
  while (shared < ids.length && paths.every((path) => path[shared] === shared)) shared++;
  return shared;
}
